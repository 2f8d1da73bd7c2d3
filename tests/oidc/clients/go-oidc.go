// go-oidc: signs in, checks the ID token and asks for the claims.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log"
	"net/http"
	"os"

	"github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

func random() string {
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func main() {
	port := os.Getenv("PORT")
	provider, err := oidc.NewProvider(context.Background(), os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  "http://127.0.0.1:" + port + "/callback",
		Scopes:       []string{oidc.ScopeOpenID, "email"},
	}
	idTokens := provider.Verifier(&oidc.Config{ClientID: config.ClientID})
	state, nonce, verifier := random(), random(), random() // of the only browser

	http.HandleFunc("/", func(response http.ResponseWriter, request *http.Request) {
		challenge := sha256.Sum256([]byte(verifier))
		url := config.AuthCodeURL(state, oidc.Nonce(nonce),
			oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])),
			oauth2.SetAuthURLParam("code_challenge_method", "S256"))
		http.Redirect(response, request, url, http.StatusFound)
	})

	http.HandleFunc("/callback", func(response http.ResponseWriter, request *http.Request) {
		if request.FormValue("state") != state {
			http.Error(response, "state", http.StatusBadRequest)
			return
		}
		tokens, err := config.Exchange(request.Context(), request.FormValue("code"),
			oauth2.SetAuthURLParam("code_verifier", verifier))
		if err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		idToken, err := idTokens.Verify(request.Context(), tokens.Extra("id_token").(string))
		if err != nil || idToken.Nonce != nonce {
			http.Error(response, "id_token", http.StatusBadRequest)
			return
		}
		info, err := provider.UserInfo(request.Context(), oauth2.StaticTokenSource(tokens))
		if err != nil {
			http.Error(response, err.Error(), http.StatusBadRequest)
			return
		}
		response.Header().Set("Content-Type", "application/json")
		json.NewEncoder(response).Encode(map[string]string{"email": info.Email})
	})

	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, nil))
}
