// Command vcsim is govmomi's vSphere simulator, started by the tests: one line of JSON on the standard input says
// what it has, one line of JSON on the standard output says where it is, and it ends when its input is closed, so it
// cannot outlive the test.
package main

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"os/signal"
	"reflect"
	"strings"
	"syscall"

	_ "github.com/vmware/govmomi/lookup/simulator"
	_ "github.com/vmware/govmomi/pbm/simulator"
	"github.com/vmware/govmomi/simulator"
	_ "github.com/vmware/govmomi/sts/simulator"
	_ "github.com/vmware/govmomi/vapi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

type options struct {
	Esx            bool           `json:"esx"`
	User           string         `json:"user"`
	Password       string         `json:"password"`
	Tls            bool           `json:"tls"`
	ApiVersion     string         `json:"apiVersion"`
	MethodDelaysMs map[string]int `json:"methodDelaysMs"`
	Faults         []fault        `json:"faults"`
	// Each count that is absent stays as govmomi has it.
	Inventory json.RawMessage `json:"inventory"`
	Autostart *bool           `json:"autostart"`
	// What the hosts are, where a small one that does not nest will not do.
	Host *host `json:"host"`
	// Of each host, beside the one with its system.
	Disks []disk `json:"disks"`
}

type host struct {
	MemoryMiB int64 `json:"memoryMiB"`
	Cores     int16 `json:"cores"`
	Nested    bool  `json:"nested"`
}

type inventory struct {
	Datacenters     *int `json:"datacenters"`
	Clusters        *int `json:"clusters"`
	HostsPerCluster *int `json:"hostsPerCluster"`
	StandaloneHosts *int `json:"standaloneHosts"`
	MachinesPerPool *int `json:"machinesPerPool"`
	PortGroups      *int `json:"portGroups"`
	Datastores      *int `json:"datastores"`
	ResourcePools   *int `json:"resourcePools"`
	VApps           *int `json:"vApps"`
	Folders         *int `json:"folders"`
	StoragePods     *int `json:"storagePods"`
}

type fault struct {
	Method    string          `json:"method"`
	Fault     string          `json:"fault"`
	Fields    json.RawMessage `json:"fields"`
	Message   string          `json:"message"`
	SkipCount int             `json:"skipCount"`
	MaxCount  int             `json:"maxCount"`
}

func main() {
	// The simulator logs each call that it does not know; a test that cares sees the fault.
	log.SetOutput(io.Discard)
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	input := bufio.NewReader(os.Stdin)
	line, err := input.ReadBytes('\n')
	if err != nil {
		return err
	}
	var wanted options
	if err := json.Unmarshal(line, &wanted); err != nil {
		return err
	}
	model, err := modelOf(wanted)
	if err != nil {
		return err
	}
	if err := model.Create(); err != nil {
		return err
	}
	defer model.Remove()
	if wanted.Host != nil {
		setHosts(model, *wanted.Host)
	}
	describeNetworks(model.Service.Context.Map)
	describeClusters(model.Service.Context.Map)
	home, err := os.MkdirTemp("", "vcsim-stores-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(home)
	describeStorage(model.Service.Context.Map, home, wanted.Disks)
	for _, one := range wanted.Faults {
		rule, err := ruleOf(one)
		if err != nil {
			return err
		}
		model.Service.AddFaultRule(rule)
	}
	model.Service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword(wanted.User, wanted.Password)}
	model.Service.RegisterEndpoints = true
	if wanted.Tls {
		model.Service.TLS = new(tls.Config)
	}
	server := model.Service.NewServer()
	started := map[string]string{"url": (&url.URL{Scheme: server.URL.Scheme, Host: server.URL.Host, Path: server.URL.Path}).String()}
	if wanted.Tls {
		started["fingerprint"] = fingerprint(server.Certificate().Raw)
	}
	if err := json.NewEncoder(os.Stdout).Encode(started); err != nil {
		return err
	}
	waitForEnd(input)
	// Without Close, which would wait for calls that wait for changes.
	return nil
}

func waitForEnd(input io.Reader) {
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		_, _ = io.Copy(io.Discard, input)
		ended <- syscall.SIGTERM
	}()
	<-ended
}

func fingerprint(certificate []byte) string {
	sum := sha256.Sum256(certificate)
	parts := make([]string, len(sum))
	for i, one := range sum {
		parts[i] = fmt.Sprintf("%02X", one)
	}
	return strings.Join(parts, ":")
}

func modelOf(wanted options) (*simulator.Model, error) {
	model := simulator.VPX()
	if wanted.Esx {
		model = simulator.ESX()
	}
	var counts inventory
	if len(wanted.Inventory) > 0 {
		if err := json.Unmarshal(wanted.Inventory, &counts); err != nil {
			return nil, err
		}
	}
	for target, count := range map[*int]*int{
		&model.Datacenter:  counts.Datacenters,
		&model.Cluster:     counts.Clusters,
		&model.ClusterHost: counts.HostsPerCluster,
		&model.Host:        counts.StandaloneHosts,
		&model.Machine:     counts.MachinesPerPool,
		&model.Portgroup:   counts.PortGroups,
		&model.Datastore:   counts.Datastores,
		&model.Pool:        counts.ResourcePools,
		&model.App:         counts.VApps,
		&model.Folder:      counts.Folders,
		&model.Pod:         counts.StoragePods,
	} {
		if count != nil {
			*target = *count
		}
	}
	if wanted.Autostart != nil {
		model.Autostart = *wanted.Autostart
	}
	if wanted.ApiVersion != "" {
		model.ServiceContent.About.ApiVersion = wanted.ApiVersion
	}
	model.DelayConfig.MethodDelay = wanted.MethodDelaysMs
	return model, nil
}

func setHosts(model *simulator.Model, wanted host) {
	for _, entity := range model.Map().All("HostSystem") {
		one, ok := entity.(*simulator.HostSystem)
		if !ok {
			continue
		}
		// Hosts begin with one description of hardware for all of them.
		hardware := *one.Summary.Hardware
		hardware.MemorySize = wanted.MemoryMiB * 1024 * 1024
		hardware.NumCpuCores = wanted.Cores
		hardware.NumCpuThreads = 2 * wanted.Cores
		one.Summary.Hardware = &hardware
		capability := *one.Capability
		capability.NestedHVSupported = wanted.Nested
		one.Capability = &capability
	}
}

// ruleOf makes the fault of any type that the API has.
func ruleOf(one fault) (*simulator.FaultInjectionRule, error) {
	kind, ok := types.TypeFunc()(one.Fault)
	if !ok {
		return nil, fmt.Errorf("there is no fault %s", one.Fault)
	}
	value := reflect.New(kind)
	if len(one.Fields) > 0 {
		if err := json.Unmarshal(one.Fields, value.Interface()); err != nil {
			return nil, err
		}
	}
	made, ok := value.Interface().(types.BaseMethodFault)
	if !ok {
		return nil, fmt.Errorf("%s is no fault", one.Fault)
	}
	return &simulator.FaultInjectionRule{
		MethodName:  one.Method,
		ObjectType:  "*",
		ObjectName:  "*",
		Probability: 1,
		Message:     one.Message,
		FaultType:   simulator.FaultTypeCustom,
		Fault:       made,
		SkipCount:   one.SkipCount,
		MaxCount:    one.MaxCount,
		Enabled:     true,
	}, nil
}
