#!/usr/bin/env python3
"""Writes src/providers/vsphere/soap/table.json: types of the vSphere API with the order of their fields and the API
version each came with, out of the tables of the Python package pyvmomi (Apache-2.0, see NOTICE there).

usage: generate-table.py FOLDER-OF-pyVmomi      (the folder that holds _typeinfo_vim.py; an unpacked wheel will do)

Run by hand when the table has to know more; the result is checked in, so nobody else needs pyvmomi.
"""
import json
import re
import subprocess
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
folder = Path(sys.argv[1])
wanted = json.loads((here / "wanted.json").read_text())

LINK, OPTIONAL = 1, 4
versions, heirs, data, enums, managed = {}, {}, {}, {}, {}


def add_version(name, _namespace, version, *_rest):
    if not name.startswith("vim.version."):
        return
    number = re.match(r"[0-9]+(\.[0-9]+)*", version)
    # A version that was never released carries a word; its name has the number, and newer ones contain it.
    versions[name] = number.group() if number else name.removeprefix("vim.version.v").replace("_", ".")


def add_version_parent(name, parent):
    heirs.setdefault(parent, set()).add(name)


def data_type(name, wsdl, parent, version, fields):
    data[name] = dict(wsdl=wsdl, parent=parent, version=version, fields=fields or [])


def enum_type(name, wsdl, version, values):
    enums[name] = dict(wsdl=wsdl, values=values)


def managed_type(name, wsdl, parent, version, properties, methods):
    managed[name] = dict(wsdl=wsdl, parent=parent, properties=properties or [], methods=methods or [])


scope = dict(
    CreateDataType=data_type,
    CreateEnumType=enum_type,
    CreateManagedType=managed_type,
    AddVersion=add_version,
    AddVersionParent=add_version_parent,
    F_LINK=LINK,
    F_LINKABLE=2,
    F_OPTIONAL=OPTIONAL,
    F_SECRET=8,
)
for file in ("_typeinfo_core.py", "_typeinfo_vim.py", "_typeinfo_query.py"):
    for line in (folder / file).read_text().splitlines():
        # Everything but these kinds of statements is wiring of the package itself.
        if line.startswith(("CreateDataType(", "CreateEnumType(", "CreateManagedType(", "AddVersion")):
            exec(line, scope)

# Three types are built into the package instead of standing in its tables.
data.setdefault("vmodl.MethodFault", dict(wsdl="MethodFault", parent="vmodl.DynamicData", version="vmodl.version.version0",
    fields=[("faultCause", "vmodl.LocalizedMethodFault", "vmodl.version.version1", OPTIONAL),
            ("faultMessage", "vmodl.LocalizableMessage[]", "vmodl.version.version1", OPTIONAL)]))
data.setdefault("vmodl.RuntimeFault", dict(wsdl="RuntimeFault", parent="vmodl.MethodFault", version="vmodl.version.version0", fields=[]))
data.setdefault("vmodl.LocalizedMethodFault", dict(wsdl="LocalizedMethodFault", parent="vmodl.DynamicData", version="vmodl.version.version0",
    fields=[("fault", "vmodl.MethodFault", "vmodl.version.version0", 0), ("localizedMessage", "string", "vmodl.version.version0", OPTIONAL)]))

primitives = {
    "string": "string", "boolean": "boolean", "int": "int", "long": "long", "short": "short", "byte": "byte",
    "double": "double", "float": "float", "anyType": "anyType", "vmodl.DateTime": "dateTime", "vmodl.Binary": "base64Binary",
    "vmodl.URI": "anyURI", "vmodl.PropertyPath": "string", "vmodl.MethodName": "string", "vmodl.TypeName": "string",
    "vmodl.ManagedObject": "ManagedObjectReference", "vmodl.DataObject": "anyType", "void": "void",
}
by_wsdl = {entry["wsdl"]: name for name, entry in list(data.items()) + list(managed.items())}
rank = lambda number: [int(part) for part in number.split(".")]
newest = max(versions.values(), key=rank)
kept, queue, unknown = {}, [], set()


def api(version):
    """Number of the API; for parts with versions of their own, that of the first API which contains theirs."""
    if version in versions:
        return versions[version]
    return min((versions[heir] for heir in heirs.get(version, ()) if heir in versions), key=rank)


def type_of(name):
    """The type as the wire names it, with `[]` for lists; asks for the types it needs."""
    if name.endswith("[]"):
        return type_of(name[:-2]) + "[]"
    if name in primitives:
        return primitives[name]
    if name in managed:
        return "ManagedObjectReference"
    if name in enums:
        return "string"
    if name in data:
        entry = data[name]
        if entry["wsdl"] not in wanted["types"] and any(re.match(pattern, name) for pattern in wanted["leaveOut"]):
            return "anyType"
        queue.append(name)
        return entry["wsdl"]
    unknown.add(name)
    return "anyType"


def field_type(field):
    """A link to a data object is the object's key on the wire, and a link to a managed one its reference."""
    _name, kind, _version, flags = field[:4]
    if flags & LINK and kind.removesuffix("[]") in data:
        return "string[]" if kind.endswith("[]") else "string"
    return type_of(kind)


for wsdl in wanted["types"]:
    queue.append(by_wsdl[wsdl])
for wsdl in wanted["withSubtypes"]:
    base = by_wsdl[wsdl]
    family = {base}
    grown = True
    while grown:
        grown = False
        for name, entry in data.items():
            if entry["parent"] in family and name not in family:
                family.add(name)
                grown = True
    queue.extend(family)

methods = {}
for entry in managed.values():
    for name, wsdl, version, parameters, result, _privilege, *rest in entry["methods"]:
        if wsdl not in wanted["methods"] or wsdl in methods:
            continue
        returned = result[1] if isinstance(result[1], str) else result[0]
        row = [[p[0], type_of(p[1]), api(p[2]), 1 if p[3] & OPTIONAL else 0] for p in parameters]
        methods[wsdl] = dict(since=api(version), parameters=row, returns=type_of(returned) if returned else "void")
missing = [name for name in wanted["methods"] if name not in methods]
assert not missing, f"no such methods: {missing}"

objects = {}
for wsdl in wanted["objects"]:
    name, properties = by_wsdl[wsdl], {}
    while name in managed:
        for p in managed[name]["properties"]:
            properties.setdefault(p[0], [type_of(p[1]), api(p[2])])
        name = managed[name]["parent"]
    objects[wsdl] = properties

while queue:
    name = queue.pop()
    entry = data[name]
    if entry["wsdl"] in kept:
        continue
    kept[entry["wsdl"]] = None
    parent = data.get(entry["parent"])
    if parent and entry["parent"] not in ("vmodl.DataObject",):
        queue.append(entry["parent"])
    kept[entry["wsdl"]] = dict(
        **({"extends": parent["wsdl"]} if parent else {}),
        since=api(entry["version"]),
        fields=[[f[0], field_type(f), api(f[2]), 1 if f[3] & OPTIONAL else 0] for f in entry["fields"]],
    )


def is_fault(name):
    while name in data:
        if name == "vmodl.MethodFault":
            return True
        name = data[name]["parent"]
    return False


families = {}
for name, entry in data.items():
    if is_fault(name) and entry["parent"] in data and entry["wsdl"] not in kept:
        families.setdefault(data[entry["parent"]]["wsdl"], []).append(entry["wsdl"])

table = dict(
    source="pyvmomi " + wanted["pyvmomi"] + " (Apache-2.0), tables of the vSphere API",
    newest=newest,
    types=dict(sorted(kept.items())),
    objects=dict(sorted(objects.items())),
    faults={parent: sorted(names) for parent, names in sorted(families.items())},
    methods=dict(sorted(methods.items())),
)
lines = ["{", f'  "source": {json.dumps(table["source"])},', f'  "newest": {json.dumps(newest)},']
for section in ("types", "objects", "faults", "methods"):
    rows = [f"    {json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}" for name, row in table[section].items()]
    lines.append(f'  "{section}": {{\n' + ",\n".join(rows) + "\n  }" + ("," if section != "methods" else ""))
lines.append("}")
root = here.parent.parent
target = root / "src/providers/vsphere/soap/table.json"
target.write_text("\n".join(lines) + "\n")
subprocess.run([root / "node_modules/.bin/biome", "format", "--write", target], check=True)
print(f"{len(kept)} types, {len(methods)} methods, {target.stat().st_size // 1024} KiB; unknown: {sorted(unknown)}")
