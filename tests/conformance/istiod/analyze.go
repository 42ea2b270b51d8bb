package main

import (
	"strings"

	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/local"
)

// message is one finding of `istioctl analyze`.
type message struct {
	Code  string `json:"code"`
	Level string `json:"level"`
	// Origin is the object that it is about.
	Origin string `json:"origin"`
	Text   string `json:"text"`
}

// analyze runs all of istioctl's analyzers over the documents, as if they were a cluster.
func analyze(documents []string) ([]message, error) {
	analyzer := local.NewIstiodAnalyzer(analyzers.AllCombined(), "", "istio-system", nil)
	if err := analyzer.AddDefaultResources(); err != nil {
		return nil, err
	}
	text := strings.NewReader(strings.Join(documents, "\n---\n"))
	if err := analyzer.AddTestReaderKubeSource([]local.ReaderSource{{Name: "documents", Reader: text}}); err != nil {
		return nil, err
	}
	cancel := make(chan struct{})
	defer close(cancel)
	result, err := analyzer.Analyze(cancel)
	if err != nil {
		return nil, err
	}
	messages := []message{}
	for _, found := range result.Messages {
		fields := found.Unstructured(true)
		text, _ := fields["message"].(string)
		messages = append(messages, message{
			Code: found.Type.Code(), Level: found.Type.Level().String(), Origin: found.Origin(), Text: text,
		})
	}
	return messages, nil
}
