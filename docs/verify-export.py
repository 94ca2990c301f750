"""Checks an export of a dossier (docs/export-format.md) without the program that made it.

    python3 verify-export.py EXPORT [--roots roots.pem] [--key ledger.pem]

EXPORT is the folder or the .zip; needed are sha256sum and openssl 3. --roots and --key are the node's, had from elsewhere:
https://NODE/roots.pem, the gazette, an older export. Without them the keys inside are used, and their fingerprints printed
for you to compare. Ends with 0 when all is genuine, else with 1."""
import argparse, base64, hashlib, json, os, pathlib, re, subprocess, sys, tempfile, zipfile

def fail(why):
    sys.exit("NOT GENUINE: " + why)

def run(what, *words):
    r = subprocess.run(words, capture_output=True)
    if r.returncode:
        fail(what + ": " + (r.stderr or r.stdout).decode(errors="replace").strip().splitlines()[-1])

def read(name):
    return pathlib.Path(name).read_bytes()

def keep(content):
    with tempfile.NamedTemporaryFile(delete=False, dir=scratch) as f:
        f.write(content)
        return f.name

def cms(what, signature, content):
    run(what, "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", signature, "-content", content,
        "-CAfile", args.roots, "-purpose", "any", "-no_check_time", "-out", os.devnull)

def root_of(leaf, index, size, hashes):
    """The root that an audit path leads to: RFC 6962, 2.1.1."""
    node, last = hashlib.sha256(b"\0" + leaf).digest(), size - 1
    for h in hashes:
        if index % 2 or index == last:
            node = hashlib.sha256(b"\1" + h + node).digest()
            while index % 2 == 0 and index:
                index, last = index >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + h).digest()
        index, last = index >> 1, last >> 1
    return node if last == 0 else None

parser = argparse.ArgumentParser()
parser.add_argument("export"), parser.add_argument("--roots"), parser.add_argument("--key")
args = parser.parse_args()
given, scratch = args.roots and args.key, tempfile.mkdtemp()
args.roots, args.key = os.path.abspath(args.roots) if args.roots else "roots.pem", os.path.abspath(args.key) if args.key else "ledger.pem"
if zipfile.is_zipfile(args.export):
    zipfile.ZipFile(args.export).extractall(scratch + "/export")
    args.export = scratch + "/export"
os.chdir(args.export)

# 1. Every file is the one listed, no other is there, and the node sealed the list.
listed = set(re.findall(r"^[0-9a-f]{64}  (\S+)$", read("SHA256SUMS").decode(), re.M))
there = {os.path.relpath(os.path.join(d, f), ".") for d, _, names in os.walk(".") for f in names}
if there - listed != {"SHA256SUMS", "SHA256SUMS.p7s"}:
    fail("files that nobody listed: %s" % sorted(there - listed))
run("a file is not the one listed", "sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS")
cms("the node did not seal the list", "SHA256SUMS.p7s", "SHA256SUMS")

# 2. The checkpoint is signed by the ledger: text, an empty line, "— name base64(4 bytes, signature)".
text, _, signed = read("checkpoint").decode().partition("\n\n")
name, size, root = text.split("\n")[:3]
lines = [l.split(" ") for l in signed.splitlines() if l.startswith("— " + name + " ")] or fail("the checkpoint is not signed by " + name)
run("the checkpoint is not signed by the ledger", "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", args.key, "-rawin",
    "-in", keep((text + "\n").encode()), "-sigfile", keep(base64.b64decode(lines[0][2])[4:]))

# 3. Every act stands in the ledger, word for word, and none is left out in between.
export, named = json.loads(read("export.json")), set()
for number, act in enumerate(export["acts"] + export["issued"], 1):
    what = act.get("file", "act %d" % number)
    leaf, path = bytes.fromhex(act["leaf"]), [bytes.fromhex(h) for h in act["hashes"]]
    if root_of(leaf, act["index"], int(size), path) != base64.b64decode(root):
        fail(what + " is not in the ledger")
    if "file" in act:
        content = read(act["file"])
        listed.discard(act["file"])
        if hashlib.sha256(bytes.fromhex(act["salt"]) + content).digest() != leaf:
            fail(what + " is not what the ledger recorded")
        said = json.loads(content)
        if number <= len(export["acts"]) and (said["version"] != number or said["dossier"] != json.loads(read(export["acts"][0]["file"]))["dossier"]):
            fail(what + " is another act")
        named |= set(re.findall(r'"sha256":"([0-9a-f]{64})"', content.decode()))

# 4. Every paper is one that an act names; those of the State bear its signature.
for f in export["files"]:
    content = read(f["file"])
    if hashlib.sha256(content).hexdigest() not in named:
        fail(f["file"] + " is named by no act")
    listed.discard(f["file"])
    if f["file"].startswith("issued/"):
        ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", content) or fail(f["file"] + " is not signed")
        for a, b, c, d in [map(int, r) for r in ranges]:
            der = bytes.fromhex(content[a + b:c].strip(b"<>").decode())
            cms(f["file"], keep(der[:4 + int.from_bytes(der[2:4], "big")]), keep(content[a:a + b] + content[c:c + d]))
if listed != {"checkpoint", "export.json", "ledger.pem", "roots.pem"}:
    fail("files that belong to no act: %s" % sorted(listed))
print("genuine: dossier %s of %s, %d acts, %d papers, ledger of %s entries" % (export["code"], export["node"], len(export["acts"]), len(export["files"]), size))
if not given:
    print("compare: roots.pem %s, ledger.pem %s" % (hashlib.sha256(read(args.roots)).hexdigest(), hashlib.sha256(read(args.key)).hexdigest()))
