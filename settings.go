package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"time"

	"motcua/base/data"
)

// settings are how one program runs. Flags come before the environment, that
// before the file, that before the defaults.
type settings struct {
	Config string `yaml:"-" flag:"config" help:"settings file (YAML)"`
	Dir    string `yaml:"dir" flag:"dir" help:"where files and the node's secret are kept"`
	DB     string `yaml:"db" flag:"db" help:"database: a path, or postgres://…"`
	Listen string `yaml:"listen" flag:"listen" help:"address to serve on"`
	URL    string `yaml:"url" flag:"url" help:"how the public reaches the portal"`
	Node   string `yaml:"node" flag:"node" help:"name of this node, such as dvc.example.vn"`
	Pack   string `yaml:"pack" flag:"pack" help:"the country as of when: vn2020 (63 provinces) or vn2025 (34)"`
	Codes  string `yaml:"codes" flag:"codes-from" help:"first number of this node's dossier codes of a day, so that two nodes of one body never give the same"`
	SMTP   string `yaml:"smtp" flag:"smtp" help:"mail server: smtp://user:password@host:587"`
	From   string `yaml:"from" flag:"from" help:"address that mails come from"`
	Help   string `yaml:"help" flag:"help-line" help:"number of the help line"`
	Reach  string `yaml:"reach" flag:"reach" help:"networks that webhooks may go to beside the public ones, such as 10.20.0.0/16"`
	Proxy  string `yaml:"proxy" flag:"proxy" help:"networks of the proxies in front, whose X-Forwarded-For is believed"`
	Scan   string `yaml:"scan" flag:"scan" help:"malware scanner that speaks as clamd does: unix:/run/clamav/clamd.ctl or tcp:127.0.0.1:3310; none: files are walled off alone"`
	Secret string `yaml:"-" flag:"" help:"64 hexadecimal digits; default: a file in the folder"`

	PayURL      string `yaml:"pay-url" flag:"pay-url" help:"payment gateway (docs/payment-gateway.md); none: no hosted payments"`
	PayMerchant string `yaml:"pay-merchant" flag:"pay-merchant" help:"what the payment gateway calls this node"`
	PaySecret   string `yaml:"-" flag:"" help:"shared with the payment gateway, 16 characters or more"`
	PayFolder   string `yaml:"pay-folder" flag:"pay-folder" help:"folder where the bank puts statements: camt.053 or CSV, in a folder named after the body"`

	Breached     string `yaml:"breached" flag:"breached" help:"breached passwords that nobody may choose: a file or folder of Have I Been Pwned's SHA-1 hashes"`
	RecoverAfter string `yaml:"recover-after" flag:"recover-after" help:"how long an account that is asked back at a counter is waited for, such as 24h"`

	RegisterURL    string `yaml:"register-url" flag:"register-url" help:"population register (docs/population-register.md); none: levels are reached at counters alone"`
	RegisterSecret string `yaml:"-" flag:"" help:"whsec_… shared with the population register"`

	BusinessURL    string `yaml:"business-register-url" flag:"business-register-url" help:"business register (docs/business-register.md); none: who represents a business is established at counters alone"`
	BusinessSecret string `yaml:"-" flag:"" help:"whsec_… shared with the business register"`

	recoverAfter time.Duration // RecoverAfter
	demo         bool
	self         string           // the program's file; none: it cannot start itself
	now          func() time.Time // nil: the machine's clock
}

func defaults() settings {
	return settings{RecoverAfter: "24h", Config: "/etc/motcua/motcua.yaml", Dir: "motcua-data", Listen: "127.0.0.1:8080", Node: "motcua.localhost", Pack: "vn2020", Codes: "1", From: "motcua@localhost", Help: "1800 0000", Proxy: "127.0.0.0/8 ::1/128"}
}

// bind gives fs a flag for every setting.
func (s *settings) bind(f *flag.FlagSet) {
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		t := v.Type().Field(i)
		if name := t.Tag.Get("flag"); name != "" {
			f.StringVar(v.Field(i).Addr().Interface().(*string), name, v.Field(i).String(), t.Tag.Get("help"))
		}
	}
}

// read fills in what no flag said: from the environment, where NAME_FILE names a
// file that holds the value, then from the settings file.
func (s *settings) read(f *flag.FlagSet) error {
	said := map[string]bool{}
	f.Visit(func(f *flag.Flag) { said[f.Name] = true })
	file := defaults()
	if env := os.Getenv("MOTCUA_CONFIG"); env != "" && !said["config"] {
		s.Config, said["config"] = env, true
	}
	b, err := os.ReadFile(s.Config)
	switch {
	case err == nil:
		if err := data.Read(s.Config, b, &file); err != nil {
			return err
		}
	case !errors.Is(err, fs.ErrNotExist) || said["config"]:
		return err
	}
	v, from := reflect.ValueOf(s).Elem(), reflect.ValueOf(file)
	for i := range v.NumField() {
		t := v.Type().Field(i)
		if !t.IsExported() || t.Name == "Config" || said[t.Tag.Get("flag")] && t.Tag.Get("flag") != "" {
			continue
		}
		name := "MOTCUA_" + strings.ToUpper(t.Name)
		switch path := os.Getenv(name + "_FILE"); {
		case os.Getenv(name) != "":
			v.Field(i).SetString(os.Getenv(name))
		case path != "":
			b, err := os.ReadFile(path)
			if err != nil {
				return fmt.Errorf("%s_FILE: %w", name, err)
			}
			v.Field(i).SetString(strings.TrimSpace(string(b)))
		default:
			v.Field(i).Set(from.Field(i))
		}
	}
	s.finish()
	return nil
}

// finish derives what was left open.
func (s *settings) finish() {
	if s.DB == "" {
		s.DB = s.Dir + "/motcua.db"
	}
	if s.URL == "" {
		s.URL = "http://" + s.Listen
	}
}
