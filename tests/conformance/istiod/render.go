package main

import (
	"encoding/json"
	"fmt"
	"strings"

	listener "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"istio.io/api/annotation"
	"istio.io/istio/pilot/pkg/features"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/test"
)

// pod is what istiod sends to the sidecar of one pod.
type pod struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Inbound is the listener `virtualInbound`.
	Inbound json.RawMessage `json:"inbound"`
}

// ztunnel is what istiod sends to every ztunnel.
type ztunnel struct {
	Policies  []json.RawMessage `json:"policies"`
	Addresses []json.RawMessage `json:"addresses"`
}

// sidecarVersion is the version that the sidecars say they have.
const sidecarVersion = "1.31.0"

// objects are the documents of a request, sorted by who reads them.
type objects struct {
	cluster []runtime.Object
	istio   []string
	pods    []*corev1.Pod
}

// render runs istiod over the documents and gives the inbound listener of each pod; what ztunnel gets only
// where ambient is enabled.
func render(documents []string, meshConfig string) ([]pod, *ztunnel, error) {
	sorted, err := sortObjects(documents)
	if err != nil {
		return nil, nil, err
	}
	config, err := mesh.ApplyMeshConfigDefaults(meshConfig)
	if err != nil {
		return nil, nil, err
	}
	var pods []pod
	var ambient *ztunnel
	failed := test.Wrap(func(t test.Failer) {
		// The fake cluster panics where a real one would refuse an object.
		defer func() {
			if cause := recover(); cause != nil {
				err = fmt.Errorf("%v", cause)
			}
		}()
		server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			KubernetesObjects: sorted.cluster,
			ConfigString:      strings.Join(sorted.istio, "\n---\n"),
			MeshConfig:        config,
		})
		if features.EnableAmbient {
			ambient, err = askZtunnel(server)
			return
		}
		for _, found := range sorted.pods {
			ask := askSidecar
			if isGateway(found) {
				ask = askGateway
			}
			inbound, failure := ask(server, found)
			if failure != nil {
				err = failure
				return
			}
			pods = append(pods, pod{found.Namespace, found.Name, inbound})
		}
	})
	if err == nil {
		err = failed
	}
	return pods, ambient, err
}

func sortObjects(documents []string) (objects, error) {
	var sorted objects
	decoder := kube.IstioCodec.UniversalDeserializer()
	for _, document := range documents {
		head := &unstructured.Unstructured{}
		if err := yaml.Unmarshal([]byte(document), head); err != nil {
			return sorted, err
		}
		text, err := head.MarshalJSON()
		if err != nil {
			return sorted, err
		}
		isIstio := strings.Contains(head.GetAPIVersion(), "istio.io/")
		if isIstio {
			sorted.istio = append(sorted.istio, string(text))
		}
		// ztunnel's index reads Istio's objects from the cluster, sidecars read them from the store.
		if isIstio && !features.EnableAmbient {
			continue
		}
		object, _, err := decoder.Decode(text, nil, nil)
		if err != nil {
			if isIstio {
				continue
			}
			return sorted, err
		}
		sorted.cluster = append(sorted.cluster, object)
		if found, isPod := object.(*corev1.Pod); isPod {
			sorted.pods = append(sorted.pods, found)
		}
	}
	return sorted, nil
}

// isGateway tells whether the proxy of a pod is there to serve and not to guard.
func isGateway(found *corev1.Pod) bool {
	return found.Annotations[annotation.InjectTemplates.Name] == "gateway"
}

func proxyOf(server *xds.FakeDiscoveryServer, kind model.NodeType, found *corev1.Pod) *model.Proxy {
	return server.SetupProxy(&model.Proxy{
		Type:            kind,
		ID:              found.Name + "." + found.Namespace,
		IPAddresses:     []string{found.Status.PodIP},
		ConfigNamespace: found.Namespace,
		DNSDomain:       found.Namespace + ".svc.cluster.local",
		Labels:          found.Labels,
		Metadata: &model.NodeMetadata{
			Namespace:      found.Namespace,
			Labels:         found.Labels,
			ServiceAccount: found.Spec.ServiceAccountName,
			IstioVersion:   sidecarVersion,
		},
	})
}

func askSidecar(server *xds.FakeDiscoveryServer, found *corev1.Pod) (json.RawMessage, error) {
	for _, one := range server.Listeners(proxyOf(server, model.SidecarProxy, found)) {
		if one.Name == "virtualInbound" {
			return protojson.Marshal(one)
		}
	}
	return nil, fmt.Errorf("no inbound listener for %s/%s", found.Namespace, found.Name)
}

// askGateway gives the listeners of a gateway as one, whose filter chains tell the port that they are for.
func askGateway(server *xds.FakeDiscoveryServer, found *corev1.Pod) (json.RawMessage, error) {
	all := &listener.Listener{Name: "gateway"}
	for _, one := range server.Listeners(proxyOf(server, model.Router, found)) {
		for _, chain := range one.FilterChains {
			if chain.FilterChainMatch == nil {
				chain.FilterChainMatch = &listener.FilterChainMatch{}
			}
			port := one.GetAddress().GetSocketAddress().GetPortValue()
			chain.FilterChainMatch.DestinationPort = wrapperspb.UInt32(port)
			all.FilterChains = append(all.FilterChains, chain)
		}
		if len(one.ListenerFilters) > 0 {
			all.ListenerFilters = one.ListenerFilters
		}
	}
	return protojson.Marshal(all)
}

func askZtunnel(server *xds.FakeDiscoveryServer) (*ztunnel, error) {
	given := &ztunnel{Policies: []json.RawMessage{}, Addresses: []json.RawMessage{}}
	for _, policy := range server.AmbientIndex.Policies(nil) {
		if err := add(&given.Policies, policy.Authorization); err != nil {
			return nil, err
		}
	}
	addresses, _ := server.AmbientIndex.AddressInformation(nil)
	for _, address := range addresses {
		if err := add(&given.Addresses, address.Address); err != nil {
			return nil, err
		}
	}
	return given, nil
}

func add(list *[]json.RawMessage, object proto.Message) error {
	text, err := protojson.Marshal(object)
	*list = append(*list, text)
	return err
}
