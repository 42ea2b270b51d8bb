package main

import (
	"encoding/json"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/kube"
	"istio.io/istio/pkg/test/util/yml"
)

// expanded is what a cluster makes of manifests: a pod for each workload, and the endpoints of each Service.
type expanded struct {
	Documents []string  `json:"documents"`
	Pods      []running `json:"running"`
}

// running is the pod that stands for a workload.
type running struct {
	Namespace string            `json:"namespace"`
	Kind      string            `json:"kind"`
	Owner     string            `json:"owner"`
	Name      string            `json:"name"`
	Account   string            `json:"account"`
	Labels    map[string]string `json:"labels"`
}

// expand does for the manifests of some files what the controllers of Kubernetes do, as far as istiod looks at it.
func expand(texts []string) (*expanded, error) {
	var made cluster
	for _, text := range texts {
		for _, document := range yml.SplitString(text) {
			head := &unstructured.Unstructured{}
			if err := yaml.Unmarshal([]byte(document), &head.Object); err != nil {
				return nil, err
			}
			if err := made.addAll(head); err != nil {
				return nil, err
			}
		}
	}
	return made.finish()
}

// cluster is what has been read so far.
type cluster struct {
	objects  []runtime.Object
	services []*corev1.Service
	pods     []*corev1.Pod
	running  []running
}

func (c *cluster) addAll(head *unstructured.Unstructured) error {
	if len(head.Object) == 0 {
		return nil
	}
	if !head.IsList() {
		return c.add(head)
	}
	return head.EachListItem(func(item runtime.Object) error {
		return c.addAll(item.(*unstructured.Unstructured))
	})
}

func (c *cluster) add(head *unstructured.Unstructured) error {
	text, err := head.MarshalJSON()
	if err != nil {
		return err
	}
	group := head.GroupVersionKind().Group
	if strings.Contains(group, ".") {
		// Kinds of others say nothing about pods and ports.
		return nil
	}
	if group == "extensions" {
		return fmt.Errorf("%s %s: no cluster of today has %s", head.GetKind(), head.GetName(), head.GetAPIVersion())
	}
	for _, name := range []string{head.GetName(), head.GetNamespace()} {
		if wrong := validation.IsDNS1123Subdomain(name); name != "" && len(wrong) > 0 {
			return fmt.Errorf("%s %s: %s", head.GetKind(), name, wrong[0])
		}
	}
	object, _, err := kube.IstioCodec.UniversalDeserializer().Decode(text, nil, nil)
	if err != nil {
		return fmt.Errorf("%s %s: %w", head.GetKind(), head.GetName(), err)
	}
	switch found := object.(type) {
	case *corev1.Namespace, *corev1.ServiceAccount:
		withNamespace(found.(metav1.Object), head.GetKind() == "Namespace")
		c.objects = append(c.objects, found)
	case *corev1.Service:
		withNamespace(found, false)
		c.services = append(c.services, found)
	case *corev1.Pod:
		c.run(found, "Pod", corev1.PodTemplateSpec{ObjectMeta: found.ObjectMeta, Spec: found.Spec})
	case *appsv1.Deployment:
		c.run(found, "Deployment", found.Spec.Template)
	case *appsv1.StatefulSet:
		c.run(found, "StatefulSet", found.Spec.Template)
	case *appsv1.DaemonSet:
		c.run(found, "DaemonSet", found.Spec.Template)
	case *appsv1.ReplicaSet:
		c.run(found, "ReplicaSet", found.Spec.Template)
	case *batchv1.Job:
		c.run(found, "Job", found.Spec.Template)
	case *batchv1.CronJob:
		c.run(found, "CronJob", found.Spec.JobTemplate.Spec.Template)
	}
	return nil
}

func withNamespace(object metav1.Object, isCluster bool) {
	if object.GetNamespace() == "" && !isCluster {
		object.SetNamespace("default")
	}
}

// run makes a pod of a template, running and ready, or istiod would not count it.
func (c *cluster) run(owner metav1.Object, kind string, template corev1.PodTemplateSpec) {
	withNamespace(owner, false)
	account := template.Spec.ServiceAccountName
	if account == "" {
		// The API server fills in the one from the other.
		account = template.Spec.DeprecatedServiceAccount
	}
	if account == "" {
		account = "default"
	}
	number := len(c.pods)
	address := fmt.Sprintf("10.1.%d.%d", number/250, number%250+1)
	pod := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Labels: template.Labels, Namespace: owner.GetNamespace()},
		Spec:       template.Spec,
		Status: corev1.PodStatus{
			Phase:      corev1.PodRunning,
			PodIP:      address,
			PodIPs:     []corev1.PodIP{{IP: address}},
			Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}},
		},
	}
	pod.Name = fmt.Sprintf("%s-%d", strings.ToLower(kind), number)
	pod.Spec.ServiceAccountName = account
	pod.Spec.NodeName = "node"
	for _, containers := range [][]corev1.Container{pod.Spec.Containers, pod.Spec.InitContainers} {
		for _, container := range containers {
			for at := range container.Ports {
				if container.Ports[at].Protocol == "" {
					container.Ports[at].Protocol = corev1.ProtocolTCP
				}
			}
		}
	}
	c.pods = append(c.pods, pod)
	c.running = append(c.running, running{
		Namespace: pod.Namespace, Kind: kind, Owner: owner.GetName(), Name: pod.Name, Account: account, Labels: pod.Labels,
	})
}

func (c *cluster) finish() (*expanded, error) {
	objects := c.objects
	for number, service := range c.services {
		service.TypeMeta = metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}
		fillIn(service, number)
		objects = append(objects, service)
		for _, pod := range c.pods {
			if slice := endpoints(service, pod); slice != nil {
				objects = append(objects, slice)
			}
		}
	}
	for _, pod := range c.pods {
		objects = append(objects, pod)
	}
	made := &expanded{Documents: []string{}, Pods: append([]running{}, c.running...)}
	for _, object := range objects {
		text, err := json.Marshal(object)
		if err != nil {
			return nil, err
		}
		made.Documents = append(made.Documents, string(text))
	}
	return made, nil
}

// fillIn sets what the API server sets.
func fillIn(service *corev1.Service, number int) {
	if service.Spec.ClusterIP == "" && service.Spec.Type != corev1.ServiceTypeExternalName {
		service.Spec.ClusterIP = fmt.Sprintf("10.96.%d.%d", number/250, number%250+1)
	}
	for at := range service.Spec.Ports {
		port := &service.Spec.Ports[at]
		if port.Protocol == "" {
			port.Protocol = corev1.ProtocolTCP
		}
		if port.TargetPort == (intstr.IntOrString{}) {
			port.TargetPort = intstr.FromInt32(port.Port)
		}
	}
}

// endpoints are those of one pod behind a Service, if it stands behind it.
func endpoints(service *corev1.Service, pod *corev1.Pod) *discoveryv1.EndpointSlice {
	selector := service.Spec.Selector
	if len(selector) == 0 || service.Namespace != pod.Namespace ||
		!labels.SelectorFromSet(selector).Matches(labels.Set(pod.Labels)) {
		return nil
	}
	var ports []discoveryv1.EndpointPort
	for at := range service.Spec.Ports {
		port := &service.Spec.Ports[at]
		if number := targetPort(pod, port); number != 0 {
			ports = append(ports, discoveryv1.EndpointPort{Name: &port.Name, Port: &number, Protocol: &port.Protocol})
		}
	}
	ready := true
	return &discoveryv1.EndpointSlice{
		TypeMeta: metav1.TypeMeta{APIVersion: "discovery.k8s.io/v1", Kind: "EndpointSlice"},
		ObjectMeta: metav1.ObjectMeta{
			Name:      service.Name + "-" + pod.Name,
			Namespace: service.Namespace,
			Labels:    map[string]string{discoveryv1.LabelServiceName: service.Name},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Endpoints: []discoveryv1.Endpoint{{
			Addresses:  []string{pod.Status.PodIP},
			Conditions: discoveryv1.EndpointConditions{Ready: &ready},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Name: pod.Name, Namespace: pod.Namespace},
		}},
		Ports: ports,
	}
}

// targetPort is the number, or that of the container port of this name and protocol; 0 where there is none.
// It is FindPort of k8s.io/kubernetes/pkg/api/v1/pod, which looks at sidecar containers as well.
func targetPort(pod *corev1.Pod, port *corev1.ServicePort) int32 {
	if port.TargetPort.Type == intstr.Int {
		return port.TargetPort.IntVal
	}
	containers := append([]corev1.Container{}, pod.Spec.Containers...)
	for _, container := range pod.Spec.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			containers = append(containers, container)
		}
	}
	for _, container := range containers {
		for _, declared := range container.Ports {
			if declared.Name == port.TargetPort.StrVal && declared.Protocol == port.Protocol {
				return declared.ContainerPort
			}
		}
	}
	return 0
}
