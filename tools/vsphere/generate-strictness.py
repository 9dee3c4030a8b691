#!/usr/bin/env python3
"""Writes src/providers/sim/sdk/strictness.json: what the strict simulator checks beyond table.json. Enumerations and
kinds of references that fields declare, the objects that have a method, its name in faults and the privilege it needs,
out of the tables of the Python package pyvmomi (Apache-2.0, see src/providers/vsphere/soap/NOTICE).

usage: generate-strictness.py FOLDER-OF-pyVmomi      (after generate-table.py: it covers the names that table.json has)
"""
import json
import re
import sys
from pathlib import Path

root = Path(__file__).resolve().parent.parent.parent
folder = Path(sys.argv[1])
table = json.loads((root / "src/providers/vsphere/soap/table.json").read_text())
statements = ("CreateDataType(", "CreateEnumType(", "CreateManagedType(", "AddVersion(")
# Types that only answers hold, which the table of the client has no need of.
answers = """TaskReasonUser HostDatastoreBrowserSearchResults FolderFileInfo IsoImageFileInfo VmDiskFileInfo VirtualAppSummary
InvalidDatastorePath InvalidFolder DVSNameArrayUplinkPortPolicy VMwareDVSPortgroupPolicy InvalidCollectorVersion""".split()
# Objects of which clients ask for properties by what they have in common, or through the property collector only.
looked_at = "ManagedEntity ContainerView ManagedObjectView PropertyCollector ViewManager".split()
data, enums, managed, versions, since = {}, {}, {}, [], {}


def add_version(name, space, version, *_rest):
    if space == "vim25":
        versions.append(version)
        since[name] = version


scope = dict(
    CreateDataType=lambda name, wsdl, parent, version, fields: data.__setitem__(
        name, (wsdl, fields or [], parent, version)
    ),
    CreateEnumType=lambda name, wsdl, version, values: enums.__setitem__(name, (wsdl, values)),
    CreateManagedType=lambda name, wsdl, parent, version, properties, methods: managed.__setitem__(
        name, (wsdl, parent, properties or [], methods or [])
    ),
    AddVersion=add_version,
    F_LINK=1, F_LINKABLE=2, F_OPTIONAL=4, F_SECRET=8,
)
for file in ("_typeinfo_core.py", "_typeinfo_vim.py", "_typeinfo_query.py"):
    for line in (folder / file).read_text().splitlines():
        if line.startswith(statements):
            exec(line, scope)

used = set()
fields, names, objects, methods = {}, {}, {}, {}


def note(place, declared):
    """Remembers what stands behind a field that the table calls `string` or `ManagedObjectReference`."""
    declared = declared.removesuffix("[]")
    if declared in enums:
        fields[place] = enums[declared][0]
        used.add(declared)
    elif declared in managed:
        fields[place] = managed[declared][0]


plain = {"vmodl.DateTime": "dateTime", "vmodl.TypeName": "string", "vmodl.DynamicData": "anyType", "vmodl.ManagedObject": "ManagedObjectReference", "vmodl.MethodFault": "MethodFault"}


def wire(declared):
    """As table.json names types."""
    end = "[]" if declared.endswith("[]") else ""
    name = declared.removesuffix("[]")
    if name in managed:
        return "ManagedObjectReference" + end
    if name in enums:
        return "string" + end
    if name in data:
        wsdl = data[name][0]
        return (wsdl if wsdl in table["types"] or wsdl in answers else "anyType") + end
    return plain.get(name, name) + end


types = {}
for name, (wsdl, rows, parent, version) in data.items():
    if wsdl in answers and wsdl not in table["types"]:
        fields_of = [[r[0], wire(r[1]), since.get(r[2], "2.0"), 1 if r[3] & 4 else 0] for r in rows]
        types[wsdl] = dict(extends=data[parent][0] if parent in data else parent.split(".")[-1], since=since.get(version, "2.0"), fields=fields_of)
for name, (wsdl, rows, *_rest) in data.items():
    if wsdl in table["types"] or wsdl in types:
        names[wsdl] = name
        for row in rows:
            note(f"{wsdl}.{row[0]}", row[1])
for name, (wsdl, parent, properties, rows) in managed.items():
    objects[wsdl] = managed[parent][0] if parent in managed else ""
    names.setdefault(wsdl, name)
    for row in properties:
        note(f"{wsdl}.{row[0]}", row[1])
    for own, method, _version, parameters, _result, privilege, *_rest in rows:
        if method not in table["methods"] or method in methods:
            continue
        needed = {p[0]: p[4] for p in parameters if p[4]}
        methods[method] = dict(owner=wsdl, name=own, privilege=privilege or "", **({"on": needed} if needed else {}))
        for parameter in parameters:
            note(f"{method}.{parameter[0]}", parameter[1])

used |= {"vim.vm.GuestOsDescriptor.GuestOsIdentifier"}
kinds = {kind for kind in objects if not kind.startswith(("Vsan", "Eam"))}
fields = {place: kind for place, kind in fields.items() if place.split(".")[0] in kinds | set(table["types"]) | set(types) | set(methods)}
own = {}
for wsdl, _parent, rows, _methods in managed.values():
    if wsdl in looked_at:
        own[wsdl] = {row[0]: [wire(row[1]), since.get(row[2], "2.0")] for row in rows}
written = {
    "versions": sorted((v for v in versions if re.fullmatch(r"[0-9.]+", v)), key=lambda v: [int(n) for n in v.split(".")]),
    "types": dict(sorted(types.items())),
    "enums": {enums[name][0]: enums[name][1] for name in sorted(used)},
    "objects": {kind: objects[kind] for kind in sorted(kinds) if kind in objects},
    "properties": dict(sorted(own.items())),
    "names": {wsdl: name for wsdl, name in sorted(names.items()) if wsdl in table["types"] or wsdl in types or wsdl in kinds},
    "methods": dict(sorted(methods.items())),
    "fields": dict(sorted(fields.items())),
}
lines = ["{", f'  "source": {json.dumps(table["source"])},']
for section, value in written.items():
    end = "" if section == "fields" else ","
    if isinstance(value, list):
        lines.append(f'  "{section}": {json.dumps(value)}{end}')
        continue
    rows = [f"    {json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}" for name, row in value.items()]
    lines.append(f'  "{section}": {{\n' + ",\n".join(rows) + "\n  }" + end)
lines.append("}")
target = root / "src/providers/sim/sdk/strictness.json"
target.parent.mkdir(exist_ok=True)
target.write_text("\n".join(lines) + "\n")
print(f"{len(fields)} fields, {len(written['enums'])} enumerations, {target.stat().st_size // 1024} KiB")
