#!/usr/bin/env python3
"""Writes src/providers/vsphere/soap/table.json: types of the vSphere API with the order of their fields and the API
version each came with, out of the tables of the Python package pyvmomi (Apache-2.0, see NOTICE there).

usage: generate-table.py FOLDER-OF-pyVmomi      (the folder that holds _typeinfo_vim.py; an unpacked wheel will do)

Run by hand when the table has to know more; the result is checked in, so nobody else needs pyvmomi.
"""
import json
import re
import sys
from pathlib import Path

here = Path(__file__).resolve().parent
folder = Path(sys.argv[1])
wanted = json.loads((here / "wanted.json").read_text())

LINK, OPTIONAL = 1, 4
versions, data, enums, managed = {}, {}, {}, {}


def add_version(name, _namespace, version, *_rest):
    if name.startswith(("vim.version", "vmodl.version")):
        # Builds that are not released carry a word instead of a number.
        versions[name] = version if re.fullmatch(r"[0-9.]+", version) else ("9.1.0.0" if version[:1] == "m" else "")


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
    F_LINK=LINK,
    F_LINKABLE=2,
    F_OPTIONAL=OPTIONAL,
    F_SECRET=8,
)
for file in ("_typeinfo_core.py", "_typeinfo_vim.py", "_typeinfo_query.py"):
    for line in (folder / file).read_text().splitlines():
        # Everything but the three kinds of statements is wiring of the package itself.
        if line.startswith(("CreateDataType(", "CreateEnumType(", "CreateManagedType(", "AddVersion(")):
            exec(line, scope)

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
api = lambda version: versions.get(version) or "2.0"
kept, queue, unknown = {}, [], set()


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
        if any(re.match(pattern, name) for pattern in wanted["leaveOut"]):
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

table = dict(
    source="pyvmomi " + wanted["pyvmomi"] + " (Apache-2.0), tables of the vSphere API",
    types=dict(sorted(kept.items())),
    objects=dict(sorted(objects.items())),
    methods=dict(sorted(methods.items())),
)
lines = ["{", f'  "source": {json.dumps(table["source"])},']
for section in ("types", "objects", "methods"):
    rows = [f"    {json.dumps(name)}: {json.dumps(row, separators=(',', ':'))}" for name, row in table[section].items()]
    lines.append(f'  "{section}": {{\n' + ",\n".join(rows) + "\n  }" + ("," if section != "methods" else ""))
lines.append("}")
target = here.parent.parent / "src/providers/vsphere/soap/table.json"
target.write_text("\n".join(lines) + "\n")
print(f"{len(kept)} types, {len(methods)} methods, {target.stat().st_size // 1024} KiB; unknown: {sorted(unknown)}")
