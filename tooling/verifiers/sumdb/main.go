// Checks checkpoint and proofs of a package in a folder with the packages that check Go's own modules.
//
//	go run -mod=mod . FOLDER VKEY
//
// With the module as Debian packages it (golang-golang-x-mod-dev), GO111MODULE=off GOPATH=/usr/share/gocode.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: sumdb FOLDER VKEY")
		os.Exit(2)
	}
	text, err := check(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Println("BAD:", err)
		os.Exit(1)
	}
	fmt.Println(text)
}

func check(folder, vkeyFile string) (string, error) {
	read := func(name string) (string, error) {
		bytes, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		return string(bytes), err
	}
	vkey, err := os.ReadFile(vkeyFile)
	if err != nil {
		return "", err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return "", err
	}
	signed, err := read("checkpoint")
	if err != nil {
		return "", err
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return "", err
	}
	body := strings.Split(opened.Text, "\n")
	if len(body) != 4 || body[0] != verifier.Name() {
		return "", errors.New("the checkpoint is of another log")
	}
	size, err := strconv.ParseInt(body[1], 10, 64)
	if err != nil {
		return "", err
	}
	root, err := tlog.ParseHash(body[2])
	if err != nil {
		return "", err
	}
	records, err := lines(read("records.jsonl"))
	if err != nil {
		return "", err
	}
	indexes, err := lines(read("records.index"))
	if err != nil {
		return "", err
	}
	if len(records) != len(indexes) {
		return "", errors.New("records and their index differ in length")
	}
	for at, record := range records {
		var line struct {
			Index int64 `json:"index"`
		}
		if err := json.Unmarshal([]byte(indexes[at]), &line); err != nil {
			return "", err
		}
		text, err := read(fmt.Sprintf("proofs/%d.tlog-proof", line.Index))
		if err != nil {
			return "", err
		}
		head, checkpoint, _ := strings.Cut(text, "\n\n")
		steps := strings.Split(head, "\n")
		if checkpoint != signed || len(steps) < 2 || steps[1] != fmt.Sprintf("index %d", line.Index) {
			return "", fmt.Errorf("proof %d is of something else", line.Index)
		}
		var proof tlog.RecordProof
		for _, step := range steps[2:] {
			hash, err := tlog.ParseHash(step)
			if err != nil {
				return "", err
			}
			proof = append(proof, hash)
		}
		leaf := tlog.RecordHash([]byte(record))
		if err := tlog.CheckRecord(proof, size, root, line.Index, leaf); err != nil {
			return "", fmt.Errorf("record %d: %w", line.Index, err)
		}
	}
	return fmt.Sprintf("log: %s, size %d, %d records", body[0], size, len(records)), nil
}

func lines(text string, err error) ([]string, error) {
	if err != nil || text == "" {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n"), nil
}
