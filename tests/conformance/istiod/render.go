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

// pod is what istiod sends to the proxy of one pod.
type pod struct {
	Namespace string `json:"namespace"`
	Name      string `json:"name"`
	// Inbound is the listener `virtualInbound`; of a waypoint `connect_terminate`, where tunnels end.
	Inbound json.RawMessage `json:"inbound"`
	// Inside is the listener `main_internal` of a waypoint, to which all tunnels lead.
	Inside json.RawMessage `json:"inside,omitempty"`
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

// render runs istiod over the documents and gives the inbound listener of each sidecar and gateway; where ambient is
// enabled, those of each waypoint in their place, and what ztunnel gets.
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
			if ambient, err = askZtunnel(server); err != nil {
				return
			}
		}
		for _, found := range sorted.pods {
			ask := askerOf(found)
			if ask == nil {
				continue
			}
			sent, failure := ask(server, found)
			if failure != nil {
				err = failure
				return
			}
			sent.Namespace, sent.Name = found.Namespace, found.Name
			pods = append(pods, sent)
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

// askerOf tells how to ask for the proxy of a pod; nil where it has none that is served here.
func askerOf(found *corev1.Pod) func(*xds.FakeDiscoveryServer, *corev1.Pod) (pod, error) {
	template := found.Annotations[annotation.InjectTemplates.Name]
	switch {
	case features.EnableAmbient && template == "waypoint":
		return askWaypoint
	case features.EnableAmbient:
		return nil
	case template == "gateway":
		return askGateway
	default:
		return askSidecar
	}
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

func askSidecar(server *xds.FakeDiscoveryServer, found *corev1.Pod) (pod, error) {
	inbound, err := named(server.Listeners(proxyOf(server, model.SidecarProxy, found)), "virtualInbound")
	return pod{Inbound: inbound}, err
}

func askWaypoint(server *xds.FakeDiscoveryServer, found *corev1.Pod) (pod, error) {
	listeners := server.Listeners(proxyOf(server, model.Waypoint, found))
	inbound, err := named(listeners, "connect_terminate")
	if err != nil {
		return pod{}, err
	}
	inside, err := named(listeners, "main_internal")
	return pod{Inbound: inbound, Inside: inside}, err
}

func named(listeners []*listener.Listener, name string) (json.RawMessage, error) {
	for _, one := range listeners {
		if one.Name == name {
			return protojson.Marshal(one)
		}
	}
	return nil, fmt.Errorf("no listener %s", name)
}

// askGateway gives the listeners of a gateway as one, whose filter chains tell the port that they are for.
func askGateway(server *xds.FakeDiscoveryServer, found *corev1.Pod) (pod, error) {
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
	inbound, err := protojson.Marshal(all)
	return pod{Inbound: inbound}, err
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
