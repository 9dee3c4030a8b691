package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	blockBytes  = 512
	firstSector = 2048
)

// disk is one of each host, beside that of the simulator, which has its system on it.
type disk struct {
	Name    string `json:"name"`
	SizeMiB int64  `json:"sizeMiB"`
	Written bool   `json:"written"`
}

func (d disk) path() string   { return "/vmfs/devices/disks/" + d.Name }
func (d disk) sectors() int64 { return d.SizeMiB * 1024 * 1024 / blockBytes }

func (d disk) scsi() types.HostScsiDisk {
	return types.HostScsiDisk{
		ScsiLun: types.ScsiLun{
			HostDevice:       types.HostDevice{DeviceName: d.path(), DeviceType: "disk"},
			Key:              "key-vim.host.ScsiDisk-" + d.Name,
			Uuid:             "02" + d.Name,
			CanonicalName:    d.Name,
			LunType:          "disk",
			OperationalState: []string{"ok"},
		},
		Capacity:   types.HostDiskDimensionsLba{BlockSize: blockBytes, Block: d.sectors()},
		DevicePath: d.path(),
	}
}

func (d disk) partition() types.HostDiskPartitionAttributes {
	return types.HostDiskPartitionAttributes{
		Partition: 1, StartSector: firstSector, EndSector: d.sectors() - 34, Type: "vmfs",
	}
}

func (d disk) block() types.HostDiskPartitionBlockRange {
	at := func(block int64) types.HostDiskDimensionsLba {
		return types.HostDiskDimensionsLba{BlockSize: blockBytes, Block: block}
	}
	return types.HostDiskPartitionBlockRange{Partition: 1, Type: "vmfs", Start: at(firstSector), End: at(d.sectors() - 34)}
}

// hostDatastores makes datastores as the API describes it: on empty disks, by what was offered, and from exports whose
// local name is no folder of this machine; govmomi's simulator does the first not at all.
type hostDatastores struct {
	*simulator.HostDatastoreSystem
	home  string
	disks []disk
	used  map[string]types.ManagedObjectReference
}

type hostStorage struct {
	*simulator.HostStorageSystem
	stores *hostDatastores
}

// describeStorage puts them in the place of what the simulator has. The folder has what datastores keep.
func describeStorage(registry *simulator.Registry, home string, disks []disk) {
	for _, entity := range registry.All("HostSystem") {
		host := entity.(*simulator.HostSystem)
		system, ok := registry.Get(*host.ConfigManager.DatastoreSystem).(*simulator.HostDatastoreSystem)
		if !ok {
			continue
		}
		stores := &hostDatastores{system, home, disks, map[string]types.ManagedObjectReference{}}
		registry.Put(stores)
		storage, ok := registry.Get(*host.ConfigManager.StorageSystem).(*simulator.HostStorageSystem)
		if !ok {
			continue
		}
		// Hosts begin with one description of devices for all of them.
		devices := *storage.StorageDeviceInfo
		devices.ScsiLun = slices.Clone(devices.ScsiLun)
		for _, one := range disks {
			scsi := one.scsi()
			devices.ScsiLun = append(devices.ScsiLun, &scsi)
		}
		storage.StorageDeviceInfo = &devices
		registry.Put(&hostStorage{storage, stores})
	}
}

func (s *hostDatastores) disk(path string) (disk, bool) {
	at := slices.IndexFunc(s.disks, func(one disk) bool { return one.path() == path })
	if at < 0 {
		return disk{}, false
	}
	return s.disks[at], true
}

func (s *hostDatastores) isUsed(name string) bool {
	_, used := s.used[name]
	return used
}

func (s *hostDatastores) folder(name string) (string, error) {
	path := filepath.Join(s.home, s.Host.Self.Value, name)
	return path, os.MkdirAll(path, 0o700)
}

func (s *hostDatastores) CreateNasDatastore(ctx *simulator.Context, c *types.CreateNasDatastore) soap.HasFault {
	path, err := s.folder(c.Spec.LocalPath)
	if err != nil {
		return &methods.CreateNasDatastoreBody{Fault_: simulator.Fault(err.Error(), &types.HostConfigFault{})}
	}
	wanted := *c
	wanted.Spec.LocalPath = path
	return s.HostDatastoreSystem.CreateNasDatastore(ctx, &wanted)
}

func (s *hostDatastores) QueryAvailableDisksForVmfs(*types.QueryAvailableDisksForVmfs) soap.HasFault {
	found := []types.HostScsiDisk{}
	for _, one := range s.disks {
		if !s.isUsed(one.Name) {
			found = append(found, one.scsi())
		}
	}
	return &methods.QueryAvailableDisksForVmfsBody{Res: &types.QueryAvailableDisksForVmfsResponse{Returnval: found}}
}

func (s *hostDatastores) QueryVmfsDatastoreCreateOptions(c *types.QueryVmfsDatastoreCreateOptions) soap.HasFault {
	one, ok := s.disk(c.DevicePath)
	if !ok {
		return &methods.QueryVmfsDatastoreCreateOptionsBody{Fault_: simulator.Fault("", &types.NotFound{})}
	}
	single := types.VmfsDatastoreSingleExtentOption{
		VmfsDatastoreBaseOption: types.VmfsDatastoreBaseOption{
			Layout: types.HostDiskPartitionLayout{Partition: []types.HostDiskPartitionBlockRange{one.block()}},
		},
		VmfsExtent: one.block(),
	}
	option := types.VmfsDatastoreOption{
		Info: &types.VmfsDatastoreAllExtentOption{VmfsDatastoreSingleExtentOption: single},
		Spec: &types.VmfsDatastoreCreateSpec{
			VmfsDatastoreSpec: types.VmfsDatastoreSpec{DiskUuid: one.scsi().Uuid},
			Partition:         types.HostDiskPartitionSpec{Partition: []types.HostDiskPartitionAttributes{one.partition()}},
			Vmfs: types.HostVmfsSpec{
				Extent:       types.HostScsiDiskPartition{DiskName: one.Name, Partition: 1},
				MajorVersion: 6,
			},
		},
	}
	return &methods.QueryVmfsDatastoreCreateOptionsBody{
		Res: &types.QueryVmfsDatastoreCreateOptionsResponse{Returnval: []types.VmfsDatastoreOption{option}},
	}
}

func (s *hostDatastores) CreateVmfsDatastore(ctx *simulator.Context, c *types.CreateVmfsDatastore) soap.HasFault {
	body := &methods.CreateVmfsDatastoreBody{}
	extent := c.Spec.Vmfs.Extent
	one, ok := s.disk(disk{Name: extent.DiskName}.path())
	if !ok || s.isUsed(one.Name) || c.Spec.DiskUuid != one.scsi().Uuid {
		body.Fault_ = simulator.Fault("", &types.InvalidArgument{InvalidProperty: "spec.diskUuid"})
		return body
	}
	path, err := s.folder(c.Spec.Vmfs.VolumeName)
	if err != nil {
		body.Fault_ = simulator.Fault(err.Error(), &types.HostConfigFault{})
		return body
	}
	made := s.CreateLocalDatastore(ctx, &types.CreateLocalDatastore{This: s.Self, Name: c.Spec.Vmfs.VolumeName, Path: path})
	if fault := made.Fault(); fault != nil {
		body.Fault_ = fault
		return body
	}
	ref := made.(*methods.CreateLocalDatastoreBody).Res.Returnval
	store := ctx.Map.Get(ref).(*simulator.Datastore)
	base := *store.Info.GetDatastoreInfo()
	volume := types.HostFileSystemVolume{Type: "VMFS", Name: store.Name, Capacity: one.SizeMiB * 1024 * 1024}
	store.Info = &types.VmfsDatastoreInfo{
		DatastoreInfo: base,
		Vmfs: &types.HostVmfsVolume{
			HostFileSystemVolume: volume,
			MajorVersion:         c.Spec.Vmfs.MajorVersion,
			Version:              fmt.Sprintf("%d.82", c.Spec.Vmfs.MajorVersion),
			Uuid:                 fmt.Sprintf("%s-%d", ref.Value, len(s.used)),
			Extent:               []types.HostScsiDiskPartition{extent},
		},
	}
	store.Summary.Type = "VMFS"
	s.used[one.Name] = ref
	body.Res = &types.CreateVmfsDatastoreResponse{Returnval: ref}
	return body
}

func (s *hostDatastores) RemoveDatastore(ctx *simulator.Context, c *types.RemoveDatastore) soap.HasFault {
	body := &methods.RemoveDatastoreBody{}
	store, ok := ctx.Map.Get(c.Datastore).(*simulator.Datastore)
	if !ok || !slices.Contains(s.Datastore, c.Datastore) {
		body.Fault_ = simulator.Fault("", &types.NotFound{})
		return body
	}
	if len(store.Vm) > 0 {
		body.Fault_ = simulator.Fault("", &types.ResourceInUse{Type: "Datastore", Name: store.Name})
		return body
	}
	simulator.RemoveReference(&s.Datastore, c.Datastore)
	for name, ref := range s.used {
		if ref == c.Datastore {
			delete(s.used, name)
		}
	}
	store.DestroyTask(ctx, &types.Destroy_Task{This: c.Datastore})
	body.Res = new(types.RemoveDatastoreResponse)
	return body
}

func (s *hostStorage) RetrieveDiskPartitionInfo(c *types.RetrieveDiskPartitionInfo) soap.HasFault {
	found := []types.HostDiskPartitionInfo{}
	for _, path := range c.DevicePath {
		one, ok := s.stores.disk(path)
		if !ok {
			return &methods.RetrieveDiskPartitionInfoBody{Fault_: simulator.Fault("", &types.NotFound{})}
		}
		info := types.HostDiskPartitionInfo{DeviceName: path}
		if one.Written || s.stores.isUsed(one.Name) {
			info.Spec.Partition = []types.HostDiskPartitionAttributes{one.partition()}
			info.Layout.Partition = []types.HostDiskPartitionBlockRange{one.block()}
		}
		found = append(found, info)
	}
	return &methods.RetrieveDiskPartitionInfoBody{Res: &types.RetrieveDiskPartitionInfoResponse{Returnval: found}}
}
