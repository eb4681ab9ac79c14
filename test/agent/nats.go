package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

var serverName = regexp.MustCompile(`^[a-zA-Z0-9*\-]*.nats.bosh-internal$`)

// The message bus of a Director, by the real agent's own library with its own options: it is they that make it give up a
// server for good after two refusals, and tell nobody but its log.
func (a *agent) serveNats(ready chan struct{}) error {
	config, err := a.natsTLS()
	if err != nil {
		return fmt.Errorf("Message Bus Handler: Starting nats handler: Getting connection info: %w", err)
	}
	logf("NATS Handler", "INFO", "Attempting to connect to NATS")
	connection, err := nats.Connect(strings.Join(a.settings().busURLs(), ", "),
		nats.RetryOnFailedConnect(true),
		nats.MaxReconnects(-1),
		nats.Secure(config),
		nats.CustomReconnectDelay(func(attempts int) time.Duration {
			delay := min(2*time.Second*time.Duration(max(attempts, 0)), 10*time.Second)
			if delay == 0 {
				delay = 10 * time.Second
			}
			logf("NATS Handler", "DEBUG", "Increased reconnect to: %v", delay)
			return delay
		}),
		nats.DisconnectErrHandler(func(c *nats.Conn, err error) {
			logf("NATS Handler", "DEBUG", "Nats disconnected with Error: %v", err)
			for c.IsReconnecting() {
				time.Sleep(5 * time.Second)
			}
		}),
		nats.ReconnectHandler(func(c *nats.Conn) { logf("NATS Handler", "DEBUG", "Reconnected to %v", c.ConnectedAddr()) }),
		nats.ClosedHandler(func(c *nats.Conn) { logf("NATS Handler", "DEBUG", "Connection Closed with: %v", c.LastError()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { logf("NATS Handler", "DEBUG", "%v", err) }),
	)
	if err != nil {
		return fmt.Errorf("Message Bus Handler: Starting nats handler: Connecting to NATS: %w", err)
	}
	id := a.settings().AgentID
	a.send = func(topic string, message any) error {
		raw, err := json.Marshal(message)
		if err != nil {
			return err
		}
		return connection.Publish(fmt.Sprintf("hm.agent.%s.%s", topic, id), raw)
	}
	close(ready)
	logf("NATS Handler", "INFO", "Subscribing to agent.%s", id)
	if _, err := connection.Subscribe("agent."+id, func(message *nats.Msg) {
		var asked request
		if err := json.Unmarshal(message.Data, &asked); err != nil {
			logf("NATS Handler", "ERROR", "Running handler: Unmarshalling JSON payload: %s", err)
			return
		}
		answer, _ := json.Marshal(a.dispatch(asked))
		if err := connection.Publish(asked.ReplyTo, answer); err != nil {
			logf("NATS Handler", "ERROR", "Publishing to the client: %s", err)
		}
	}); err != nil {
		return fmt.Errorf("Message Bus Handler: Starting nats handler: Subscribing to agent.%s: %w", id, err)
	}
	select {}
}

func (a *agent) natsTLS() (*tls.Config, error) {
	given := a.settings().busCertificate()
	pair, err := tls.X509KeyPair([]byte(given.Certificate), []byte(given.PrivateKey))
	if err != nil {
		return nil, fmt.Errorf("Parsing certificate and private key: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(given.CA)) {
		return nil, errors.New("Failed to load Mbus CA cert")
	}
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		RootCAs:      roots,
		Certificates: []tls.Certificate{pair},
		VerifyPeerCertificate: func(_ [][]byte, chains [][]*x509.Certificate) error {
			for _, chain := range chains {
				if len(chain) > 0 && serverName.MatchString(chain[0].Subject.CommonName) {
					return nil
				}
			}
			return errors.New("server Certificate CommonName does not match *.nats.bosh-internal")
		},
	}, nil
}
