package main

import (
	"sync"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// hostNetwork is the network of one host as the API describes it where govmomi's simulator does less: port groups of
// one name on several hosts are one network, switches keep what was asked for, and both can be changed.
type hostNetwork struct {
	*simulator.HostNetworkSystem
}

// Port groups of several hosts are one network, so they change one after the other.
var portGroups sync.Mutex

// describeNetworks puts it in the place of what the simulator has.
func describeNetworks(registry *simulator.Registry) {
	for _, host := range registry.All("HostSystem") {
		ref := host.(*simulator.HostSystem).ConfigManager.NetworkSystem
		if system, ok := registry.Get(*ref).(*simulator.HostNetworkSystem); ok {
			registry.Put(&hostNetwork{system})
		}
	}
}

func (s *hostNetwork) AddVirtualSwitch(c *types.AddVirtualSwitch) soap.HasFault {
	answer := s.HostNetworkSystem.AddVirtualSwitch(c)
	if answer.Fault() == nil && c.Spec != nil {
		s.describe(c.VswitchName, *c.Spec)
	}
	return answer
}

func (s *hostNetwork) UpdateVirtualSwitch(c *types.UpdateVirtualSwitch) soap.HasFault {
	if !s.describe(c.VswitchName, c.Spec) {
		return &methods.UpdateVirtualSwitchBody{Fault_: simulator.Fault("", &types.NotFound{})}
	}
	return &methods.UpdateVirtualSwitchBody{Res: new(types.UpdateVirtualSwitchResponse)}
}

func (s *hostNetwork) describe(name string, spec types.HostVirtualSwitchSpec) bool {
	for i := range s.NetworkInfo.Vswitch {
		if one := &s.NetworkInfo.Vswitch[i]; one.Name == name {
			one.Spec, one.Mtu, one.NumPorts = spec, spec.Mtu, spec.NumPorts
			return true
		}
	}
	return false
}

func (s *hostNetwork) AddPortGroup(ctx *simulator.Context, c *types.AddPortGroup) soap.HasFault {
	portGroups.Lock()
	defer portGroups.Unlock()
	if s.portGroup(c.Portgrp.Name) != nil {
		return &methods.AddPortGroupBody{Fault_: simulator.Fault("", &types.AlreadyExists{Name: c.Portgrp.Name})}
	}
	if !elsewhere(ctx, s, c.Portgrp.Name) {
		return s.HostNetworkSystem.AddPortGroup(ctx, c)
	}
	for i := range s.NetworkInfo.Vswitch {
		if one := &s.NetworkInfo.Vswitch[i]; one.Name == c.Portgrp.VswitchName {
			one.Portgroup = append(one.Portgroup, c.Portgrp.Name)
			s.NetworkInfo.Portgroup = append(s.NetworkInfo.Portgroup, types.HostPortGroup{
				Key:  "key-vim.host.PortGroup-" + c.Portgrp.Name,
				Spec: c.Portgrp,
			})
			return &methods.AddPortGroupBody{Res: new(types.AddPortGroupResponse)}
		}
	}
	return &methods.AddPortGroupBody{Fault_: simulator.Fault("", &types.NotFound{})}
}

func (s *hostNetwork) UpdatePortGroup(c *types.UpdatePortGroup) soap.HasFault {
	one := s.portGroup(c.PgName)
	if one == nil {
		return &methods.UpdatePortGroupBody{Fault_: simulator.Fault("", &types.NotFound{})}
	}
	one.Spec = c.Portgrp
	return &methods.UpdatePortGroupBody{Res: new(types.UpdatePortGroupResponse)}
}

func (s *hostNetwork) RemovePortGroup(ctx *simulator.Context, c *types.RemovePortGroup) soap.HasFault {
	portGroups.Lock()
	defer portGroups.Unlock()
	if s.portGroup(c.PgName) == nil || !elsewhere(ctx, s, c.PgName) {
		return s.HostNetworkSystem.RemovePortGroup(ctx, c)
	}
	for i := range s.NetworkInfo.Vswitch {
		one := &s.NetworkInfo.Vswitch[i]
		one.Portgroup = without(one.Portgroup, func(name string) bool { return name == c.PgName })
	}
	s.NetworkInfo.Portgroup = without(s.NetworkInfo.Portgroup, func(group types.HostPortGroup) bool {
		return group.Spec.Name == c.PgName
	})
	return &methods.RemovePortGroupBody{Res: new(types.RemovePortGroupResponse)}
}

func (s *hostNetwork) portGroup(name string) *types.HostPortGroup {
	for i := range s.NetworkInfo.Portgroup {
		if one := &s.NetworkInfo.Portgroup[i]; one.Spec.Name == name {
			return one
		}
	}
	return nil
}

func elsewhere(ctx *simulator.Context, here *hostNetwork, name string) bool {
	for _, host := range ctx.Map.All("HostSystem") {
		ref := mo.Reference(host).(*simulator.HostSystem).ConfigManager.NetworkSystem
		other, ok := ctx.Map.Get(*ref).(*hostNetwork)
		if ok && other != here && other.portGroup(name) != nil {
			return true
		}
	}
	return false
}

func without[T any](all []T, gone func(T) bool) []T {
	kept := make([]T, 0, len(all))
	for _, one := range all {
		if !gone(one) {
			kept = append(kept, one)
		}
	}
	return kept
}
