// Command istiod answers questions about Kubernetes and Istio documents with the code of Istio itself.
//
// It reads one request per line from stdin and writes one answer per line to stdout, both as JSON. The caller
// sets the environment that Istio's packages read at their start: REPO_ROOT, TARGET_OUT, LOCAL_OUT (or they
// print to stdout) and PILOT_ENABLE_AMBIENT.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"istio.io/istio/pkg/log"
)

// request is one line of stdin.
type request struct {
	// Op is "admit", "analyze", "expand" or "render".
	Op string `json:"op"`
	// Documents are YAML or JSON texts, one object in each; for "expand" they are whole files.
	Documents []string `json:"documents"`
	// Mesh is a MeshConfig as YAML or JSON, laid over Istio's defaults.
	Mesh string `json:"mesh"`
}

// answer is one line of stdout: what Op gives, or why it could not be given.
type answer struct {
	Error    string      `json:"error,omitempty"`
	Verdicts []admission `json:"verdicts,omitempty"`
	Messages []message   `json:"messages,omitempty"`
	Pods     []pod       `json:"pods,omitempty"`
	Ztunnel  *ztunnel    `json:"ztunnel,omitempty"`
	Expanded *expanded   `json:"expanded,omitempty"`
}

// longestLine is more than a mesh of hundreds of pods needs.
const longestLine = 1 << 30

func main() {
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), longestLine)
	out := bufio.NewWriter(os.Stdout)
	for lines.Scan() {
		if err := json.NewEncoder(out).Encode(answerLine(lines.Bytes())); err != nil {
			fail(err)
		}
		if err := out.Flush(); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func answerLine(line []byte) answer {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return answer{Error: err.Error()}
	}
	given, err := answerRequest(asked)
	if err != nil {
		return answer{Error: err.Error()}
	}
	return given
}

func answerRequest(asked request) (answer, error) {
	switch asked.Op {
	case "admit":
		verdicts, err := admit(asked.Documents)
		return answer{Verdicts: verdicts}, err
	case "analyze":
		messages, err := analyze(asked.Documents)
		return answer{Messages: messages}, err
	case "expand":
		made, err := expand(asked.Documents)
		return answer{Expanded: made}, err
	case "render":
		pods, ambient, err := render(asked.Documents, asked.Mesh)
		return answer{Pods: pods, Ztunnel: ambient}, err
	default:
		return answer{}, fmt.Errorf("unknown op %q", asked.Op)
	}
}
