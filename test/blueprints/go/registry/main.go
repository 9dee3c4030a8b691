// Command registry is the registry of the OCI distribution project, started by the tests: one line of JSON on the
// standard input says what it is like, one line of JSON on the standard output says where it is, and it ends when its
// input is closed, so it cannot outlive the test.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/distribution/distribution/v3/configuration"
	_ "github.com/distribution/distribution/v3/registry/auth/htpasswd"
	_ "github.com/distribution/distribution/v3/registry/auth/token"
	"github.com/distribution/distribution/v3/registry/handlers"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	"github.com/sirupsen/logrus"
	"golang.org/x/crypto/bcrypt"
)

type options struct {
	// Where it keeps what it is given.
	Folder string `json:"folder"`
	// Only this user is let in.
	User     string `json:"user"`
	Password string `json:"password"`
	// Only who has a token is let in.
	Token *token `json:"token"`
	// PEM files; without them it speaks HTTP.
	Certificate string `json:"certificate"`
	Key         string `json:"key"`
}

type token struct {
	Realm   string `json:"realm"`
	Service string `json:"service"`
	Issuer  string `json:"issuer"`
	// A file with the public keys of who makes the tokens.
	Jwks string `json:"jwks"`
}

func main() {
	logrus.SetOutput(io.Discard)
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	input := bufio.NewReader(os.Stdin)
	line, err := input.ReadBytes('\n')
	if err != nil {
		return err
	}
	var wanted options
	if err := json.Unmarshal(line, &wanted); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	config, err := configurationOf(wanted)
	if err != nil {
		return err
	}
	handler := handlers.NewApp(context.Background(), config)
	go func() {
		if wanted.Certificate == "" {
			_ = http.Serve(listener, handler)
		} else {
			_ = http.ServeTLS(listener, handler, wanted.Certificate, wanted.Key)
		}
	}()
	if err := json.NewEncoder(os.Stdout).Encode(map[string]string{"host": listener.Addr().String()}); err != nil {
		return err
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		_, _ = io.Copy(io.Discard, input)
		ended <- syscall.SIGTERM
	}()
	<-ended
	return nil
}

func configurationOf(wanted options) (*configuration.Configuration, error) {
	config := &configuration.Configuration{
		Storage: configuration.Storage{
			"filesystem":  configuration.Parameters{"rootdirectory": wanted.Folder},
			"maintenance": configuration.Parameters{"uploadpurging": map[interface{}]interface{}{"enabled": false}},
		},
	}
	config.HTTP.Secret = "of the test"
	if wanted.User != "" {
		path, err := writeHtpasswd(wanted)
		if err != nil {
			return nil, err
		}
		config.Auth = configuration.Auth{"htpasswd": configuration.Parameters{"realm": "test", "path": path}}
	}
	if wanted.Token != nil {
		config.Auth = configuration.Auth{"token": configuration.Parameters{
			"realm":   wanted.Token.Realm,
			"service": wanted.Token.Service,
			"issuer":  wanted.Token.Issuer,
			"jwks":    wanted.Token.Jwks,
		}}
	}
	return config, nil
}

func writeHtpasswd(wanted options) (string, error) {
	hash, err := bcrypt.GenerateFromPassword([]byte(wanted.Password), bcrypt.MinCost)
	if err != nil {
		return "", err
	}
	path := filepath.Join(wanted.Folder, "htpasswd")
	return path, os.WriteFile(path, []byte(wanted.User+":"+string(hash)+"\n"), 0o600)
}
