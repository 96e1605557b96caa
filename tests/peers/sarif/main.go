// Command sarif-check reads a SARIF log on standard input and holds it against the schema of SARIF 2.1.0.
//
// It reads the log twice: as it is, so that nothing unknown in it goes unseen, and as the types made from the schema.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)

func check(log []byte) error {
	report, err := sarif.FromBytes(log)
	if err != nil {
		return err
	}
	// The types write these, which have defaults, even where they are not set, and then as what the schema refuses.
	for _, run := range report.Runs {
		run.Language, run.Tool.Driver.Language, run.NewlineSequences = "en-US", "en-US", []string{"\n"}
	}
	if err := report.Validate(); err != nil {
		return err
	}
	again, err := json.Marshal(report)
	if err != nil {
		return err
	}
	var was, is any
	if err := json.Unmarshal(log, &was); err != nil {
		return err
	}
	if err := json.Unmarshal(again, &is); err != nil {
		return err
	}
	return kept(was, is, "the log")
}

// kept tells what of `was` is not in `is`.
func kept(was, is any, at string) error {
	switch was := was.(type) {
	case map[string]any:
		is, _ := is.(map[string]any)
		for key, value := range was {
			if err := kept(value, is[key], at+"."+key); err != nil {
				return err
			}
		}
	case []any:
		is, _ := is.([]any)
		if len(is) != len(was) {
			return fmt.Errorf("%s has %d items, of which %d are known", at, len(was), len(is))
		}
		for index, value := range was {
			if err := kept(value, is[index], at); err != nil {
				return err
			}
		}
	default:
		if fmt.Sprint(was) != fmt.Sprint(is) {
			return fmt.Errorf("%s is %v and is read as %v", at, was, is)
		}
	}
	return nil
}

func main() {
	log, err := io.ReadAll(os.Stdin)
	if err == nil {
		err = check(bytes.TrimSpace(log))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
