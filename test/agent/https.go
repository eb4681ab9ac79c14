package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
)

// The message bus of `bosh create-env`: the agent listens, and asks for a password but for no client certificate.
func (a *agent) serveHTTPS(bus string) error {
	address, err := url.Parse(bus)
	if err != nil {
		return fmt.Errorf("Parsing handler URL: %w", err)
	}
	given := a.settings().busCertificate()
	pair, err := tls.X509KeyPair([]byte(given.Certificate), []byte(given.PrivateKey))
	if err != nil {
		return fmt.Errorf("Message Bus Handler: Starting https handler: Loading configured tls certificate: %w", err)
	}
	user := address.User.Username()
	password, _ := address.User.Password()
	allowed := func(handle http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			logf("HTTPS Dispatcher", "INFO", "%s %s", r.Method, r.URL.Path)
			if u, p, ok := r.BasicAuth(); !ok || u != user || p != password {
				w.Header().Add("WWW-Authenticate", `Basic realm=""`)
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			handle(w, r)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/agent", allowed(a.answer))
	mux.HandleFunc("/blobs/", allowed(a.blob))
	listener, err := net.Listen("tcp", address.Host)
	if err != nil {
		return fmt.Errorf("Message Bus Handler: Starting https handler: Starting HTTP listener: %w", err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{pair}}
	return (&http.Server{Handler: mux}).Serve(tls.NewListener(listener, config))
}

func (a *agent) answer(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	var asked request
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	_ = json.NewEncoder(w).Encode(a.dispatch(asked))
}

func (a *agent) blob(w http.ResponseWriter, r *http.Request) {
	file := filepath.Join(a.base, "data/blobs", path.Base(r.URL.Path))
	switch r.Method {
	case http.MethodGet:
		raw, err := os.ReadFile(file)
		if err != nil {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(raw)
	case http.MethodPut:
		raw, err := io.ReadAll(r.Body)
		if err == nil {
			err = os.WriteFile(file, raw, 0o600)
		}
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusCreated)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}
