package main

import (
	"path/filepath"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pilot/pkg/config/kube/crd"
	crdvalidation "istio.io/istio/pkg/config/crd"
	"istio.io/istio/pkg/config/schema/collections"
	"istio.io/istio/pkg/test/env"
)

// admission is what a cluster says to one document.
type admission struct {
	// Schema is the objection of the CRD: its schema, its CEL rules, or an unknown field.
	Schema string `json:"schema,omitempty"`
	// Webhook is the objection of Istio's validating webhook.
	Webhook string `json:"webhook,omitempty"`
	// Warning is what the webhook says though it accepts.
	Warning string `json:"warning,omitempty"`
}

// crds reads the CRDs of the pinned module once; compiling their CEL rules takes a second.
var crds = sync.OnceValues(func() (*crdvalidation.Validator, error) {
	file := filepath.Join(env.IstioSrc, "manifests/charts/base/files/crd-all.gen.yaml")
	return crdvalidation.NewValidatorFromFilesWithOptions([]string{file}, crdvalidation.WithoutCRDValidation())
})

// admit asks the CRDs and the webhook about each document, one answer for each in order.
func admit(documents []string) ([]admission, error) {
	validator, err := crds()
	if err != nil {
		return nil, err
	}
	verdicts := make([]admission, 0, len(documents))
	for _, document := range documents {
		verdicts = append(verdicts, admitOne(validator, document))
	}
	return verdicts, nil
}

func admitOne(validator *crdvalidation.Validator, document string) admission {
	var verdict admission
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(document), object); err != nil {
		return admission{Schema: err.Error()}
	}
	if err := validator.ValidateCustomResource(object); err != nil {
		verdict.Schema = err.Error()
	}
	warning, err := askWebhook(document)
	if err != nil {
		verdict.Webhook = err.Error()
	}
	if warning != nil {
		verdict.Warning = warning.Error()
	}
	return verdict
}

func askWebhook(document string) (warning, objection error) {
	configs, unknown, err := crd.ParseInputs(document)
	if err != nil {
		return nil, err
	}
	for _, kind := range unknown {
		return nil, unknownKind(kind.Kind)
	}
	for _, cfg := range configs {
		schema, found := collections.All.FindByGroupVersionAliasesKind(cfg.GroupVersionKind)
		if !found {
			return nil, unknownKind(cfg.GroupVersionKind.Kind)
		}
		if warning, err := schema.ValidateConfig(cfg); err != nil || warning != nil {
			return warning, err
		}
	}
	return nil, nil
}

type unknownKind string

func (kind unknownKind) Error() string {
	return "unknown kind " + string(kind)
}
