// Get is the yardstick: the least a process with client-go does to learn whether one pod exists.
//
// It loads the kubeconfig that KUBECONFIG names, asks the API server for that pod as has_vm does, prints true or
// false, and ends.
package main

import (
	"context"
	"fmt"
	"os"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: get NAMESPACE POD"))
	}
	found, err := exists(os.Args[1], os.Args[2])
	if err != nil {
		fail(err)
	}
	fmt.Println(found)
}

func exists(namespace, pod string) (bool, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return false, err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return false, err
	}
	_, err = client.CoreV1().Pods(namespace).Get(context.Background(), pod, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil, err
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "get:", err)
	os.Exit(1)
}
