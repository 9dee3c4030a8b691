package main

import (
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// describeClusters lets clusters be removed, as the API describes it, and hosts leave theirs, where govmomi's
// simulator does nothing about the cluster.
func describeClusters(registry *simulator.Registry) {
	registry.Handler = func(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
		if method.Name != "Destroy_Task" {
			return nil, nil
		}
		// What is returned would not be heeded in a session, so the object itself is replaced at its end.
		switch object := ctx.Map.Get(method.This).(type) {
		case *simulator.ClusterComputeResource:
			if len(object.Host) == 0 {
				ctx.Map.Put(&cluster{object})
			}
		case *simulator.HostSystem:
			if len(object.Vm) == 0 {
				ctx.Map.Put(&member{object})
			}
		}
		return nil, nil
	}
}

type cluster struct {
	*simulator.ClusterComputeResource
}

func (c *cluster) DestroyTask(ctx *simulator.Context, _ *types.Destroy_Task) soap.HasFault {
	task := simulator.CreateTask(c.ClusterComputeResource, "destroy", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		if folder, ok := ctx.Map.Get(*c.Parent).(*simulator.Folder); ok {
			ctx.Map.RemoveReference(ctx, folder, &folder.ChildEntity, c.Self)
		}
		ctx.Map.Remove(ctx, c.Self)
		return nil, nil
	})
	return &methods.Destroy_TaskBody{Res: &types.Destroy_TaskResponse{Returnval: task.Run(ctx)}}
}

type member struct {
	*simulator.HostSystem
}

func (m *member) DestroyTask(ctx *simulator.Context, req *types.Destroy_Task) soap.HasFault {
	if around, ok := ctx.Map.Get(*m.Parent).(*simulator.ClusterComputeResource); ok {
		simulator.RemoveReference(&around.Host, m.Self)
	}
	return m.HostSystem.DestroyTask(ctx, req)
}
