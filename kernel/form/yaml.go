package form

import "time"

// UnmarshalYAML reads answers that people wrote in a file as what JSON would
// give: objects are maps, and a date without quotes is still a date.
func (a *Answers) UnmarshalYAML(decode func(any) error) error {
	var m map[string]any
	if err := decode(&m); err != nil {
		return err
	}
	*a, _ = plain(m).(map[string]any)
	return nil
}

func plain(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.Format(time.DateOnly)
	case map[string]any:
		for key, x := range v {
			v[key] = plain(x)
		}
	case []any:
		for i, x := range v {
			v[i] = plain(x)
		}
	}
	return v
}
