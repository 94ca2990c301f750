package main

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"slices"
	"strings"
)

// A bom is a bill of materials as CycloneDX 1.6 has it: what this very program is
// made of, told by itself, so that who runs it can look each library up.
type bom struct {
	Format       string        `json:"bomFormat"`
	Spec         string        `json:"specVersion"`
	Version      int           `json:"version"`
	Metadata     bomMetadata   `json:"metadata"`
	Components   []material    `json:"components"`
	Dependencies []bomRelation `json:"dependencies"`
}

type bomMetadata struct {
	Component material `json:"component"`
}

type bomRelation struct {
	Ref string   `json:"ref"`
	On  []string `json:"dependsOn"`
}

type material struct {
	Type       string        `json:"type"`
	Ref        string        `json:"bom-ref"`
	Name       string        `json:"name"`
	Version    string        `json:"version"`
	Hashes     []bomHash     `json:"hashes,omitempty"`
	Licenses   []bomLicense  `json:"licenses,omitempty"`
	PURL       string        `json:"purl"`
	Properties []bomProperty `json:"properties,omitempty"`
}

type bomHash struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

type bomLicense struct {
	Expression string `json:"expression"`
}

type bomProperty struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// writeSBOM writes the bill of a built program. The same program writes the same
// bytes: no time and no number of its own is in it.
func writeSBOM(w io.Writer, info *debug.BuildInfo, lock []byte) error {
	if info == nil {
		return errors.New("this program was built without its list of modules")
	}
	web, err := npm(lock)
	if err != nil {
		return err
	}
	all := append(modules(info), web...)
	slices.SortFunc(all, func(a, b material) int { return cmp.Compare(a.PURL, b.PURL) })
	me := library("golang", "motcua", version)
	me.Type = "application"
	b := bom{Format: "CycloneDX", Spec: "1.6", Version: 1, Metadata: bomMetadata{me}, Components: all, Dependencies: []bomRelation{{Ref: me.Ref}}}
	for _, x := range all {
		b.Dependencies[0].On = append(b.Dependencies[0].On, x.Ref)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(b)
}

func library(sort, name, version string) material {
	purl := "pkg:" + sort + "/" + strings.ReplaceAll(name, "@", "%40") + "@" + strings.ReplaceAll(version, "+", "%2B")
	return material{Type: "library", Ref: purl, Name: name, Version: version, PURL: purl}
}

// modules are the Go modules linked into the program, and Go's own library.
func modules(info *debug.BuildInfo) (all []material) {
	goVersion, _, _ := strings.Cut(strings.TrimPrefix(info.GoVersion, "go"), " ") // experiments are no part of it
	all = append(all, library("golang", "std", goVersion))
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		x := library("golang", m.Path, m.Version)
		if m.Sum != "" { // the sum of a module's files is none of a file
			x.Properties = []bomProperty{{"motcua:go.sum", m.Sum}}
		}
		all = append(all, x)
	}
	return all
}

// npm are the packages that the front end was built of; those for its tests and its
// building alone are not in the program.
func npm(lock []byte) (all []material, err error) {
	var l struct {
		Packages map[string]struct {
			Version, Integrity, License string
			Dev                         bool
		}
	}
	if err := json.Unmarshal(lock, &l); err != nil {
		return nil, fmt.Errorf("web/package-lock.json: %w", err)
	}
	for path, p := range l.Packages {
		i := strings.LastIndex(path, "node_modules/")
		if i < 0 || p.Dev {
			continue
		}
		x := library("npm", path[i+len("node_modules/"):], p.Version)
		if sum, ok := strings.CutPrefix(p.Integrity, "sha512-"); ok {
			b, err := base64.StdEncoding.DecodeString(sum)
			if err != nil {
				return nil, fmt.Errorf("web/package-lock.json: %s: %w", path, err)
			}
			x.Hashes = []bomHash{{"SHA-512", hex.EncodeToString(b)}}
		}
		if p.License != "" {
			x.Licenses = []bomLicense{{p.License}}
		}
		all = append(all, x)
	}
	return all, nil
}
