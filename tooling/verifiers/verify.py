"""A verifier of evidence packages, written from docs/reference/package-format.md alone.

    python3 verify.py vectors VERDICTS.json         grade by the published vectors
    python3 verify.py index-vectors INDEX.json      by those of index proofs
    python3 verify.py chain-vectors CHAINS.json     by those of several packages
    python3 verify.py PACKAGE.json --key FILE ...   verify a package (JSON or zip)
    python3 verify.py BEFORE.zip --with AFTER.zip --key FILE ...

Python 3.9 or newer and its standard library; signatures by `cryptography` where it is there, else by
the arithmetic below. Decisions are not taken again.
"""
import base64
import calendar
import hashlib
import json
import re
import sys
import zlib

MAX_SAFE = 2**53 - 1
LIVE = "live"
OUTCOMES = ["allow", "allow+log", "redact", "human_review", "block"]
WEIGHTS = ["invalid", "failed", "violation", "unsupported", "untrusted", "incomplete"]
EXITS = dict(valid=0, invalid=1, violation=1, failed=2, unsupported=3, untrusted=3, incomplete=3)
P = "spanforge."
STARTED, ENDED = P + "execution.started.v1", P + "execution.ended.v1"
REQUESTED, RESOLVED, CONSUMED = (P + f"review.{x}.v1" for x in ("requested", "resolved", "consumed"))
VOTED = P + "review.resolved.v2"
DECISION = P + "policy.decision.v1"
OPENED = P + "log.opened.v1"
CONTROLS = {
    P + "scope.v1": "sf_scope/capability_enforcement",
    P + "rbac.v1": "sf_rbac/role_enforcement",
    P + "grounding.v1": "sf_rag/grounding_threshold",
    P + "explanation.v1": "sf_explain/explanation_generation",
    P + "lineage.v1": "sf_lineage/lineage_capture",
    P + "validate.v1": "sf_validate/output_validation",
}


class Failed(Exception):
    """The verification cannot be carried out."""


class Refused(Exception):
    """A container that is refused."""


# ---------------------------------------------------------------- encodings


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def text_of(data):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def b64(text, url=False):
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]*" if url else r"[A-Za-z0-9+/]*={0,2}", text):
        return None
    try:
        if url:
            data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            return data if base64.urlsafe_b64encode(data).rstrip(b"=").decode() == text else None
        data = base64.b64decode(text, validate=True)
        return data if base64.b64encode(data).decode() == text else None
    except ValueError:
        return None


class Number(float):
    """A JSON number: a double, that remembers whether it is whole."""


# How many bytes of UTF-8 a text of JSON may have, by where it stands.
JSON_KEY, JSON_ANY, JSON_LINE, JSON_CONTAINER = 1_048_576, 67_108_864, 67_112_960, 268_435_456


def parse_json(text, safe=False, limit=JSON_ANY):
    if text is not None and len(text) * 4 > limit and len(text.encode("utf-8", "surrogatepass")) > limit:
        return None

    def pairs(items):
        keys = [key for key, _ in items]
        if len(set(keys)) != len(keys):
            raise ValueError("duplicate key")
        return dict(items)

    def number(token):
        value = float(token)
        if value in (float("inf"), float("-inf")) or value != value:
            raise ValueError("number")
        if safe and value.is_integer() and abs(value) > MAX_SAFE:
            raise ValueError("integer")
        if safe and value == 0 and re.search("[1-9]", re.split("[eE]", token)[0]):
            raise ValueError("underflow")
        return int(value) if value.is_integer() and abs(value) <= MAX_SAFE else value

    def constant(_):
        raise ValueError("constant")

    try:
        if text is None or text[:1] == "\ufeff":
            return None
        value = json.loads(text, object_pairs_hook=pairs, parse_int=number, parse_float=number, parse_constant=constant)
        check_tree(value, 0)
        return (value,)
    except (ValueError, RecursionError):
        return None


def check_tree(value, depth):
    if isinstance(value, str) and re.search("[\ud800-\udfff]", value):
        raise ValueError("surrogate")
    if isinstance(value, (dict, list)):
        if depth >= 64:
            raise ValueError("depth")
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            check_tree(key, depth)
            check_tree(item, depth + 1)


def number_text(value):
    """As ECMAScript writes a number."""
    if value == 0:
        return "0"
    if isinstance(value, int):
        return str(value)
    mantissa, _, exponent = repr(float(value)).lower().partition("e")
    sign, mantissa = ("-", mantissa[1:]) if mantissa.startswith("-") else ("", mantissa)
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = point - 1
    return sign + digits[0] + ("." + digits[1:] if count > 1 else "") + ("e+" if power > 0 else "e-") + str(abs(power))


def canonical(value):
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\x7f")
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return "{" + ",".join(canonical(key) + ":" + canonical(value[key]) for key in keys) + "}"


def units(text):
    return len(text.encode("utf-16-be", "surrogatepass")) // 2


def only(value, required, optional=()):
    return isinstance(value, dict) and set(required) <= set(value) <= set(required) | set(optional)


def is_text(value, most=512):
    return isinstance(value, str) and 1 <= units(value) <= most


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAX_SAFE


def text(value, name):
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, str) else None


def texts(value, name):
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def obj(value, name):
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else None


def objs(value, name):
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


# ---------------------------------------------------------------- containers

SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def safe_name(name):
    return len(name) <= 200 and all(SEGMENT.fullmatch(part) for part in name.split("/"))


def claim(files, name):
    if not safe_name(name):
        raise Refused("unsafe_name")
    if name.lower() in {one.lower() for one in files}:
        raise Refused("duplicate_name")


def write_json(files):
    members = {}
    for name, data in files.items():
        content = text_of(data)
        members[name] = {"base64": base64.b64encode(data).decode()} if content is None else {"text": content}
    return canonical({"v": "spanforge.package.v1", "files": members}) + "\n"


def read_json(data):
    content = text_of(data)
    if content is None:
        raise Refused("not_utf8")
    parsed = parse_json(content, limit=JSON_CONTAINER)
    document = parsed[0] if parsed else None
    if not only(document, ["v", "files"]) or document["v"] != "spanforge.package.v1" or not isinstance(document["files"], dict):
        raise Refused("not_a_package_document")
    files = {}
    for name, member in document["files"].items():
        claim(files, name)
        if only(member, ["text"]) and isinstance(member["text"], str):
            files[name] = member["text"].encode()
        elif only(member, ["base64"]) and b64(member["base64"]) is not None:
            files[name] = b64(member["base64"])
        else:
            raise Refused("not_a_package_document")
    if write_json(files) != content:
        raise Refused("not_canonical")
    return files


def little(*fields):
    return b"".join(value.to_bytes(width, "little") for width, value in fields)


def write_zip(files):
    local, central, offset = [], [], 0
    for name in sorted(files):
        label, data = name.encode(), files[name]
        common = [(2, 10), (2, 0), (2, 0), (2, 0), (2, 33), (4, zlib.crc32(data)), (4, len(data)), (4, len(data)), (2, len(label)), (2, 0)]
        local += [little((4, 0x04034B50), *common), label, data]
        tail = [(2, 0), (2, 0), (2, 0), (4, 2172649472), (4, offset)]
        central += [little((4, 0x02014B50), (2, 778), *common, *tail), label]
        offset += 30 + len(label) + len(data)
    directory = b"".join(central)
    count = len(files)
    return b"".join(local) + directory + little((4, 0x06054B50), (2, 0), (2, 0), (2, count), (2, count), (4, len(directory)), (4, offset), (2, 0))


def read_zip(data):
    def at(offset, width):
        if offset + width > len(data):
            raise Refused("zip_truncated")
        return int.from_bytes(data[offset : offset + width], "little")

    end = len(data) - 22
    if end < 0 or at(end, 4) != 0x06054B50:
        raise Refused("zip_end")
    files, here = {}, at(end + 16, 4)
    for _ in range(at(end + 10, 2)):
        size, label, where = at(here + 24, 4), at(here + 28, 2), at(here + 42, 4)
        name = text_of(data[here + 46 : here + 46 + label])
        if name is None:
            raise Refused("unsafe_name")
        claim(files, name)
        files[name] = data[where + 30 + label : where + 30 + label + size]
        here += 46 + label
    if write_zip(files) != data:
        raise Refused("not_deterministic")
    return files


def read_container(data):
    if data[:2] == b"PK":
        return read_zip(data)
    if data[:1] == b"{":
        return read_json(data)
    raise Refused("neither_zip_nor_json")


# ---------------------------------------------------------------- signatures

Q = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, Q - 2, Q) % Q
BASE_Y = 4 * pow(5, Q - 2, Q) % Q


def ed_point(data):
    y = int.from_bytes(data, "little") & (2**255 - 1)
    odd = data[31] >> 7
    if y >= Q:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, Q - 2, Q) % Q
    x = pow(square, (Q + 3) // 8, Q)
    if (x * x - square) % Q:
        x = x * pow(2, (Q - 1) // 4, Q) % Q
    if (x * x - square) % Q or (x == 0 and odd):
        return None
    return (Q - x if x & 1 != odd else x, y)


def ed_add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e, f = (y1 - x1) * (y2 - x2), (y1 + x1) * (y2 + x2)
    g, h = 2 * t1 * t2 * D, 2 * z1 * z2
    e, f, g, h = f - e, h - g, h + g, f + e
    return (e * f % Q, g * h % Q, f * g % Q, e * h % Q)


def ed_times(point, factor):
    total, step = (0, 1, 1, 0), point
    while factor:
        if factor & 1:
            total = ed_add(total, step)
        step = ed_add(step, step)
        factor >>= 1
    return total


def ed_full(point):
    x, y = point
    return (x, y, 1, x * y % Q)


def ed_same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % Q == 0 and (a[1] * b[2] - b[1] * a[2]) % Q == 0


def ed_good(raw):
    point = ed_point(raw)
    return point is not None and not ed_same(ed_times(ed_full(point), 8), (0, 1, 1, 0))


def ed_verify(raw, message, signature):
    if len(signature) != 64:
        return False
    r, s = ed_point(signature[:32]), int.from_bytes(signature[32:], "little")
    if r is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + raw + message).digest(), "little") % ORDER
    base = ed_full(ed_point((BASE_Y).to_bytes(32, "little")))
    right = ed_add(ed_full(r), ed_times(ed_full(ed_point(raw)), k))
    return ed_same(ed_times(base, s), right)


P256 = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P256_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
P256_G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def ec_add(a, b):
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P256 == 0:
        return None
    slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P256) if a == b else (b[1] - a[1]) * pow(b[0] - a[0], -1, P256)
    x = (slope * slope - a[0] - b[0]) % P256
    return (x, (slope * (a[0] - x) - a[1]) % P256)


def ec_times(point, factor):
    total = None
    while factor:
        if factor & 1:
            total = ec_add(total, point)
        point = ec_add(point, point)
        factor >>= 1
    return total


def ec_verify(point, message, signature):
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not (0 < r < P256_N and 0 < s < P256_N):
        return False
    e, w = int.from_bytes(sha(message), "big"), pow(s, -1, P256_N)
    found = ec_add(ec_times(P256_G, e * w % P256_N), ec_times(point, r * w % P256_N))
    return found is not None and found[0] % P256_N == r


def ed_verifier(raw):
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return lambda message, signature: ed_verify(raw, message, signature)

    def verify(message, signature):
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
            return True
        except InvalidSignature:
            return False

    return verify


# ---------------------------------------------------------------- keys


def read_jwk(jwk):
    if not isinstance(jwk, dict) or any(name in jwk for name in ("d", "k", "p", "q", "dp", "dq", "qi", "oth")):
        raise Failed("not a public JWK")
    kty, crv, x, y = (jwk.get(name) for name in ("kty", "crv", "x", "y"))
    px, py = b64(x, True), b64(y, True)
    if kty == "OKP" and crv == "Ed25519" and px is not None and len(px) == 32 and ed_good(px):
        alg, raw, names, verify = "Ed25519", px, ("EdDSA", "Ed25519"), ed_verifier(px)
        members = {"crv": crv, "kty": kty, "x": x}
    elif kty == "EC" and crv == "P-256" and px and py and len(px) == len(py) == 32:
        point = (int.from_bytes(px, "big"), int.from_bytes(py, "big"))
        if max(point) >= P256 or (point[1] ** 2 - point[0] ** 3 + 3 * point[0] - P256_B) % P256:
            raise Failed("point")
        alg, raw, names = "ES256", b"\x04" + px + py, ("ES256",)
        members = {"crv": crv, "kty": kty, "x": x, "y": y}
        verify = lambda message, signature: ec_verify(point, message, signature)  # noqa: E731
    else:
        raise Failed("neither Ed25519 nor P-256")
    kid = base64.urlsafe_b64encode(sha(canonical(members).encode())).rstrip(b"=").decode()
    role = jwk.get("spanforge_role")
    if jwk.get("alg", names[0]) not in names or jwk.get("use", "sig") != "sig" or jwk.get("kid", kid) != kid:
        raise Failed("purpose")
    operations = jwk.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations or role not in (None, "log", "package", "witness", "root", "record"):
        raise Failed("purpose")
    retired, last_good = jwk.get("spanforge_retired_size"), jwk.get("spanforge_last_good_size")
    if not all(size is None or is_count(size) for size in (retired, last_good)):
        raise Failed("size")
    log = jwk.get("spanforge_origin")
    if "spanforge_origin" in jwk and not (isinstance(log, str) and NAME.fullmatch(log)):
        raise Failed("the log that a key names")
    return dict(kid=kid, alg=alg, raw=raw, role=role, verify=verify, retired=retired, last_good=last_good, log=log)


def lapse(key, size):
    """Why a signature of the key does not count at a size of the log (None: not known)."""
    retired, last_good = key.get("retired"), key.get("last_good")
    if last_good is not None and (size is None or size > last_good):
        return "key_revoked"
    return "key_retired" if retired is not None and size is not None and size > retired else None


def limit(key, other):
    least = lambda name: min((one[name] for one in (key, other or {}) if one.get(name) is not None), default=None)  # noqa: E731
    return dict(key, retired=least("retired"), last_good=least("last_good"))


def key_id(name, kind, raw):
    return sha(name.encode(), b"\n", bytes([kind]), raw)[:4].hex()


def read_vkey(line):
    match = re.fullmatch(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})", line)
    data = b64(match[3]) if match else None
    if data is None or not NAME.fullmatch(match[1]) or data[0] not in (1, 4) or key_id(match[1], data[0], data[1:]) != match[2] or not ed_good(data[1:]):
        raise Failed("vkey")
    return dict(name=match[1], id=match[2], kind=data[0], raw=data[1:], verify=ed_verifier(data[1:]))


def read_policy(content):
    """A witness policy (C2SP tlog-policy): its keys, its witnesses, and which signers are enough."""
    lines = content.split("\n")
    if units(content) > 100_000 or re.search(r"[\x00-\x08\x0b-\x1f\x7f]", content) or len(lines) > 1001:
        raise Failed("the witness policy is no text of lines")
    vkeys, witnesses, names, members, quorum = [], [], {"none": None}, set(), []

    def need(good):
        if not good:
            raise Failed("the witness policy")

    def key(word, kind):
        vkey = read_vkey(word)
        need(vkey["kind"] == kind and all(one["raw"] != vkey["raw"] for one in vkeys))
        vkeys.append(vkey)
        return vkey["raw"]

    def define(name, met):
        need(name not in names)
        names[name] = met

    for line in lines:
        kind, *words = re.split("[ \t]+", line.strip(" \t")) or [""]
        if kind == "" or kind.startswith("#"):
            continue
        if kind == "log" and len(words) in (1, 2):
            key(words[0], 1)
        elif kind == "witness" and len(words) in (2, 3):
            raw = key(words[1], 4)
            define(words[0], lambda signed, raw=raw: raw in signed)
            witnesses.append((words[0], raw))
        elif kind == "group" and len(words) > 2:
            name, least, *rest = words
            least = str(len(rest)) if least == "all" else "1" if least == "any" else least
            need(re.fullmatch("[1-9][0-9]{0,3}", least) and int(least) <= len(rest))
            need(len(set(rest)) == len(rest) and not members & set(rest) and all(names.get(one) for one in rest))
            members |= set(rest)
            parts = [names[one] for one in rest]
            define(name, lambda signed, parts=parts, least=int(least): sum(map(lambda met: met(signed), parts)) >= least)
        else:
            need(kind == "quorum" and len(words) == 1 and not quorum and words[0] in names)
            quorum.append(names[words[0]] or (lambda signed: True))
    need(quorum)
    return vkeys, witnesses, quorum[0]


def read_anchors(given, wanted, vkeys=()):
    keys, notes = {}, {(one["name"], one["id"]): one for one in vkeys}
    for content in (one.strip(WHITE) for one in given):
        if content.startswith("{"):
            document = (parse_json(content, limit=JSON_KEY) or (None,))[0]
            listed = document.get("keys", [document]) if isinstance(document, dict) else None
            if not isinstance(listed, list):
                raise Failed("JWK")
            listed = [read_jwk(one) for one in listed]
            if len({key["kid"] for key in listed}) < len(listed):
                raise Failed("a key is listed twice")
            for key in listed:
                known = keys.get(key["kid"])
                if known and known["role"] and key["role"] and known["role"] != key["role"]:
                    raise Failed("one key under two roles")
                if known and known["log"] and key["log"] and known["log"] != key["log"]:
                    raise Failed("one key of two logs")
                kept = limit(known, key) if known and known["role"] else limit(key, known)
                keys[key["kid"]] = dict(kept, log=key["log"] or (known and known["log"]))
        else:
            if content.count("\n") > 99:
                raise Failed("more than 100 lines of vkeys")
            for note in (read_vkey(line.strip(WHITE)) for line in content.split("\n") if line.strip(WHITE)):
                notes[note["name"], note["id"]] = note
    names = {note["name"] for note in notes.values() if note["kind"] == 1}
    if wanted is None and len(names) > 1:
        raise Failed("keys of several logs, and no origin")
    if wanted is not None and not NAME.fullmatch(wanted):
        raise Failed("the origin is no name")
    origin = wanted if wanted is not None else next(iter(names), None)
    others = {note["raw"] for note in notes.values() if note["kind"] == 1 and note["name"] != origin}
    for key in keys.values():
        if key["role"] == "log" and key["raw"] not in others:
            if origin is None or key["alg"] != "Ed25519":
                raise Failed("a log key without origin")
            if key["log"] not in (None, origin):
                continue
            notes[origin, key_id(origin, 1, key["raw"])] = dict(key, name=origin, id=key_id(origin, 1, key["raw"]), kind=1)
    by_raw = {key["raw"]: key for key in keys.values()}
    used = [limit(note, by_raw.get(note["raw"])) for note in notes.values() if note["kind"] == 4 or note["name"] == origin]
    if notes and not any(note["kind"] == 1 for note in used):
        raise Failed("no key of the log")
    package = [key for key in keys.values() if key["role"] in (None, "package")]
    if {key["raw"] for key in package} & {note["raw"] for note in used} or len({note["raw"] for note in used}) < len(used):
        raise Failed("one key under two roles")
    return origin, used, package


# ---------------------------------------------------------------- trees

# ECMAScript's white space, which is not Python's: \ufeff is some, \x1c to \x1f and \x85 are none (and in no name).
WHITE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
NAME = re.compile(f"[^{WHITE}\x00-\x1f\x7f-\x9f\ud800-\udfff+]+")


def decimal(value):
    return int(value) if value is not None and re.fullmatch(r"0|[1-9][0-9]{0,15}", value) and int(value) <= MAX_SAFE else None


def hash_line(value):
    data = b64(value)
    return data if data is not None and len(data) == 32 else None


def parse_checkpoint(body):
    lines = body.split("\n")
    if len(lines) != 4 or lines[3] or not NAME.fullmatch(lines[0]):
        return None
    size, root = decimal(lines[1]), hash_line(lines[2])
    return None if size is None or root is None else dict(origin=lines[0], size=size, root=root)


def body_of(note):
    return note[: note.rfind("\n\n") + 1]


def open_note(note, keys):
    blank = note.rfind("\n\n")
    body, lines = body_of(note), note[blank + 2 :].split("\n")
    if blank < 0 or units(note) > 1_000_000 or re.search(r"[\x00-\x09\x0b-\x1f]", body) or len(lines) > 101 or lines[-1] or len(lines) < 2:
        return "note_malformed", None
    parsed = []
    for line in lines[:-1]:
        match = re.fullmatch(r"— (\S+) ([A-Za-z0-9+/]+={0,2})", line)
        data = b64(match[2]) if match else None
        if data is None or len(data) <= 4 or not NAME.fullmatch(match[1]):
            return "note_malformed", None
        parsed.append((match[1], data[:4].hex(), data[4:]))
    signers = []
    for name, key, signature in parsed:
        known = next((one for one in keys if (one["name"], one["id"]) == (name, key)), None)
        if known is None:
            continue
        message = body.encode()
        if known["kind"] == 4:
            seconds = int.from_bytes(signature[:8], "big")
            if len(signature) != 72 or seconds > MAX_SAFE:
                return "signature_invalid", None
            message = f"cosignature/v1\ntime {seconds}\n{body}".encode()
            signature, known = signature[8:], dict(known, seconds=seconds)
        if not known["verify"](message, signature):
            return "signature_invalid", None
        signers.append(known)
    return (None, signers) if signers else ("untrusted_key", None)


def included(index, size, leaf, proof, root):
    if index >= size:
        return False
    fn, sn, value = index, size - 1, leaf
    for step in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            value = sha(b"\x01", step, value)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = sha(b"\x01", value, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and value == root


def consistent(size1, size2, root1, root2, proof):
    if size1 == 0:
        return not proof and root1 == sha()
    if size1 == size2:
        return not proof and root1 == root2
    path = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    if not path:
        return False
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    old = new = path[0]
    for step in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            old, new = sha(b"\x01", step, old), sha(b"\x01", step, new)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new = sha(b"\x01", new, step)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and old == root1 and new == root2


def parse_proof(content, first):
    head, blank, note = (content or "").partition("\n\n")
    lines = head.split("\n")
    if not blank or not note or units(content) > 2_000_000 or lines[: len(first)] != first:
        return None
    word, _, number = lines[len(first)].partition(" ") if len(lines) > len(first) else ("", "", "")
    hashes = [hash_line(line) for line in lines[len(first) + 1 :]]
    if decimal(number) is None or None in hashes or len(hashes) > 63:
        return None
    return word, decimal(number), hashes, note


def tiles_for(size, indexes):
    tiles, below, level = [], {index // 256 for index in indexes}, 0
    while size // 256**level:
        count = size // 256**level
        if count % 256:
            below.add(count // 256)
        above = set()
        for index in sorted(below):
            width = min(256, count - index * 256)
            digits = str(index)
            digits = digits.zfill(-(-len(digits) // 3) * 3)
            groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
            path = "/".join(["x" + group for group in groups[:-1]] + groups[-1:])
            tiles.append((level, index, width, f"tile/{level}/{path}" + ("" if width == 256 else f".p/{width}")))
            if width == 256:
                above.add(index // 256)
        below, level = above, level + 1
    return tiles


def peaks(hashes):
    found = []
    while hashes:
        width = 1 << (len(hashes).bit_length() - 1)
        level = hashes[:width]
        while len(level) > 1:
            level = [sha(b"\x01", level[at], level[at + 1]) for at in range(0, len(level), 2)]
        found.append(level[0])
        hashes = hashes[width:]
    return found


# ---------------------------------------------------------------- index proofs


def uint64(value):
    return value.to_bytes(8, "big")


def ranges_of(size):
    ranges, at, closed = [], 0, size // 8192
    while at < closed:
        run = 1
        while run * 4 <= closed - at:
            run *= 4
        ranges.append((at * 8192, (at + run) * 8192))
        at += run
    return ranges + ([(closed * 8192, size)] if size % 8192 else [])


def parse_index_proof(content):
    head, blank, note = content.partition("\n\n")
    lines = head.split("\n")
    if not blank or units(content) > 1_000_000 or len(lines) > 16_384 or lines[0] != "spanforge.index-proof.v1" or not re.fullmatch(r"term .+", (lines[1:2] or [""])[0]):
        return None
    rest = lines[2:]

    def take(name, count):
        words = rest[0].split(" ") if rest else []
        return rest.pop(0).split(" ")[1:] if len(words) == count and words[0] == name else None

    def path():
        hashes = []
        while rest and " " not in rest[0]:
            hashes.append(hash_line(rest.pop(0)))
        if None in hashes or len(hashes) > 63:
            raise ValueError("path")
        return hashes

    def entry(side):
        words = take(side, 3)
        if words is None:
            return None
        if None in map(hash_line, words):
            raise ValueError("entry")
        return hash_line(words[0]), hash_line(words[1]), path()

    trees = []
    try:
        while rest:
            entries, root = take("tree", 3) or (None, None)
            present = take("present", 2)
            position = decimal((present or take("absent", 2) or [None])[0])
            if decimal(entries) is None or hash_line(root) is None or position is None:
                return None
            tree = dict(entries=decimal(entries), root=hash_line(root), position=position, present=present is not None)
            if present is None:
                tree.update(left=entry("left"), right=entry("right"))
            else:
                tree["path"] = path()
            trees.append(tree)
    except ValueError:
        return None
    return lines[1][5:], trees, note


def index_refusal(content, term, records, checkpoint, keys):
    proof = parse_index_proof(content) if content is not None else None
    if not proof:
        return "malformed"
    if proof[0] != term:
        return "other_term"
    trees, ranges = proof[1], ranges_of(checkpoint["size"])
    reason, _ = open_note(proof[2], [
        key for key in keys if key["kind"] == 1 and key["name"] == checkpoint["origin"] and not lapse(key, checkpoint["size"])
    ])
    head = None if reason else parse_checkpoint(body_of(proof[2]))
    if head is None:
        return "head_signature"
    if len(trees) != len(ranges) or head["origin"] not in (checkpoint["origin"] + "/index", checkpoint["origin"] + "/index/2") or head["size"] != checkpoint["size"]:
        return "head_mismatch"
    leaves = [sha(b"\x00", checkpoint["root"])]
    leaves += [sha(b"\x00", uint64(first), uint64(end), uint64(t["entries"]), t["root"]) for t, (first, end) in zip(trees, ranges)]
    tops = peaks(leaves)
    root = tops.pop()
    while tops:
        root = sha(b"\x01", tops.pop(), root)
    if root != head["root"]:
        return "head_mismatch"
    indexes = [record["index"] for record in records]
    if indexes != sorted(set(indexes)) or any(index >= checkpoint["size"] for index in indexes):
        return "records_order"
    name = sha(term.encode())

    def is_in(tree, position, key, digest, path):
        return included(position, tree["entries"], sha(b"\x00", key, digest), path, tree["root"])

    for tree, (first, end) in zip(trees, ranges):
        inside = [record for record in records if first <= record["index"] < end]
        if tree["present"]:
            segments = {}
            for record in inside:
                segments.setdefault(record["index"] // 8192, []).append(uint64(record["index"]) + record["leaf"])
            digest = sha(b"\x03", *(uint64(at) + sha(b"\x02", *found) for at, found in sorted(segments.items())))
            if not inside or not is_in(tree, tree["position"], name, digest, tree["path"]):
                return "records_differ"
            continue
        at, left, right = tree["position"], tree["left"], tree["right"]
        placed = at <= tree["entries"] and (left is None) == (at == 0) and (right is None) == (at == tree["entries"])
        if not placed or (left and not (left[0] < name and is_in(tree, at - 1, *left))) or (right and not (name < right[0] and is_in(tree, at, *right))):
            return "tree_mismatch"
        if inside:
            return "records_unknown"
    return None


# ---------------------------------------------------------------- what records say


def strictest(outcomes):
    known = [one for one in outcomes if one is not None]
    return max(known, key=OUTCOMES.index) if known else None


def outcome_in(record):
    stated = text(record["body"], "outcome")
    return "human_review" if stated == "escalate" else stated if stated in OUTCOMES else None


def policy_of(record):
    if "policy" in record:
        return record["policy"]
    answer = obj(record["body"], "policy")
    found = {name: text(answer, name) for name in ("id", "version", "digest")}
    return found if answer is not None and None not in found.values() else None


def control_of(record):
    if record["type"] == DECISION:
        return f"{text(record['body'], 'service') or 'unknown'}/{text(record['body'], 'control') or 'unknown'}"
    return CONTROLS.get(record["type"], record["type"])


def is_decision(record):
    return outcome_in(record) is not None and record["type"] not in (STARTED, ENDED)


def is_redacted(record):
    return outcome_in(record) == "redact" or any(one.get("kind") == "redact" for one in objs(record["body"], "obligations"))


def commitments(record):
    values = obj(record["body"], "values") or {}
    return [(name, digest) for name, digest in values.items() if isinstance(digest, str)]


class Parts:
    """Calls, approvals and rejections of live records."""

    def __init__(self, records):
        self.calls, self.approved, self.redeemed, self.rejected = [], set(), set(), set()
        for record in records:
            if record["mode"] != LIVE:
                continue
            body, kind = record["body"], record["type"]
            call_id, tool = text(body, "call_id") or "", text(body, "tool") or ""
            if kind == STARTED:
                self.calls.append(dict(call_id=call_id, tool=tool, start=record, end=None))
            if kind == ENDED:
                started = text(body, "started_id")
                refused = started is None and body.get("executed") is not True
                for call in [] if refused else self.calls:
                    fits = call["call_id"] == call_id if started is None else (call["start"] or {}).get("id") == started
                    if call["start"] and not call["end"] and fits:
                        call["end"] = record
                        break
                else:
                    self.calls.append(dict(call_id=call_id, tool=tool, start=None, end=record))
            review = text(body, "review_id")
            if review is None:
                continue
            decides = kind == RESOLVED or (kind == VOTED and body.get("decided") is True)
            resolution = text(body, "resolution") if decides else None
            if kind == CONSUMED or resolution == "approved":
                self.approved.add(review)
            if kind == CONSUMED:
                self.redeemed.add(review)
            if resolution == "rejected":
                self.rejected.add(review)
        for call in self.calls:
            review = text(call["start"] and call["start"]["body"], "review_id")
            if review in self.approved:
                self.redeemed.add(review)

    def waited(self, review):
        if review is not None and review in self.redeemed:
            return None
        return "block" if review in self.rejected else "human_review"


def ran(call):
    return call["start"] is not None or call["end"]["body"].get("executed") is True


def rests_on(call):
    return texts((call["start"] or call["end"])["body"], "decisions")


def strictest_of(records):
    if not records:
        return "no_evidence"
    return strictest("human_review" if r["type"] == REQUESTED else outcome_in(r) for r in records if r["mode"] == LIVE) or "undecided"


def outcome_of(records):
    if not records:
        return "no_evidence"
    live = [record for record in records if record["mode"] == LIVE]
    parts, said = Parts(live), []
    for call in parts.calls:
        record = call["end"] or call["start"]
        outcome, status = outcome_in(record), text(call["end"] and call["end"]["body"], "status")
        review = text(record["body"], "review_id")
        if review is None:
            review = text(call["start"] and call["start"]["body"], "review_id")
        if status == "held" or (status == "withheld" and outcome == "human_review"):
            said.append(parts.waited(review))
        elif outcome == "human_review" and review in parts.approved:
            said.append("redact" if is_redacted(record) else "allow")
        else:
            said.append(outcome)
    used = {one for r in live if r["type"] in (STARTED, ENDED, REQUESTED) for one in texts(r["body"], "decisions")}
    for at, record in enumerate(live):
        if record["type"] in (STARTED, ENDED) or record["id"] in used:
            continue
        if record["type"] == REQUESTED:
            said.append(parts.waited(text(record["body"], "review_id")))
            continue
        digest = (record.get("policy") or {}).get("digest")
        joined = record["type"] == DECISION and any(
            obj(later["body"], "policy") is not None
            and outcome_in(later) is not None
            and CONTROLS.get(later["type"], "?").split("/")[0] == (text(record["body"], "service") or "")
            and text(obj(later["body"], "policy"), "digest") == digest
            for later in live[at + 1 :]
        )
        if not joined:
            said.append(outcome_in(record))
    return strictest(said) or "undecided"


def why_unauthorised(call, decisions, approved):
    record, ids = call["start"] or call["end"], rests_on(call)
    if not ids:
        return "rests on no decision"
    if any(one not in decisions for one in ids):
        return "rests on a decision that is not in this trace"
    if text(record["body"], "mode") == "shadow":
        return None
    outcome = strictest(outcome_in(decisions[one]) for one in ids)
    if outcome == "block":
        return "ran although a control blocked it"
    if outcome == "human_review" and text(record["body"], "review_id") not in approved:
        return "ran without the approval it needed"
    return None


def other_subject(at, tool, decision):
    body, here = decision["body"], at["body"]
    if text(body, "tool") not in (None, tool):
        return f"another tool, {text(body, 'tool')}"
    for who in ("agent", "actor"):
        if decision[who] != at[who]:
            return f"another {who}"
    then, now = text(obj(body, "values"), "args"), text(obj(here, "values"), "args")
    masked = any(one.get("kind") == "redact" and one.get("target") == "args" for one in objs(here, "obligations"))
    return None if None in (then, now) or then == now or masked else "other arguments"


TIME = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{3})Z")


def is_time(stamp):
    """A date and time that exist, in UTC; no leap seconds."""
    parts = TIME.fullmatch(stamp)
    if parts is None:
        return False
    year, month, day, hour, minute, second, _ = map(int, parts.groups())
    if not (1 <= year and 1 <= month <= 12 and hour < 24 and minute < 60 and second < 60):
        return False
    return 1 <= day <= calendar.monthrange(year, month)[1]


def millis(stamp):
    parts = [int(part) for part in TIME.fullmatch(stamp).groups()]
    return calendar.timegm(tuple(parts[:6])) * 1000 + parts[6]


def findings_in(records, whole):
    found = []
    if not whole:
        found.append(dict(code="not_compared", message="The query selects parts of traces: decisions and calls are not compared."))
    else:
        parts, used_by = Parts(records), {}
        decisions = {r["id"]: r for r in records if r["mode"] == LIVE and is_decision(r)}

        def find(code, index, message):
            found.append(dict(code=code, index=index, message=message))

        for call in filter(ran, parts.calls):
            at, named = call["start"] or call["end"], f"Call {call['call_id']} of {call['tool']}"
            why = why_unauthorised(call, decisions, parts.approved)
            if why:
                find("executed_not_authorised", at["index"], f"{named} {why}.")
            for one in dict.fromkeys(rests_on(call)):
                earlier = used_by.setdefault(one, call)
                if earlier is not call:
                    first = f"call {earlier['call_id']} of {earlier['tool']}"
                    find("decision_reused", at["index"], f"{named} rests on decision {one}, which {first} had used.")
                other = other_subject(at, call["tool"], decisions[one]) if one in decisions else None
                if other:
                    find("decision_mismatch", at["index"], f"{named} rests on decision {one}, which was about {other}.")
            if not call["end"]:
                find("started_not_ended", at["index"], f"{named} started and no end is on record: whether it took effect is unknown.")
        used = {one for call in parts.calls for r in (call["start"], call["end"]) if r for one in texts(r["body"], "decisions")}
        for one, record in decisions.items():
            body, kind = record["body"], record["type"]
            before = kind in (P + "scope.v1", P + "rbac.v1") or (
                kind == DECISION and text(body, "service") == "sf_govern" and text(body, "control") == "tool_call"
            )
            if one not in used and before and outcome_in(record) in OUTCOMES[:3]:
                find("allowed_not_executed", record["index"], f"{control_of(record)} said {outcome_in(record)}, and no call on record rests on it.")
        found.sort(key=lambda one: one["index"])
    times = [millis(record["time"]) for record in records]
    for at, record in enumerate(records):
        around = times[max(0, at - 1) : at] + times[at + 1 : at + 2]
        late = bool(around) and times[at] > max(around) + 3_600_000 and at < len(records) - 1
        early = bool(around) and times[at] < min(around) - 3_600_000 and at > 0
        if late or early:
            where = "after" if late else "before"
            message = f"Record {record['index']} is dated {record['time']}, more than an hour {where} its neighbours."
            found.append(dict(code="time_out_of_place", index=record["index"], message=message))
    return found


def sentences(lines, none):
    if not lines:
        return none
    return " ".join(lines[:10] + ([f"And {len(lines) - 10} more."] if len(lines) > 10 else []))


def rules_of(record):
    policy = policy_of(record)
    rules = [text(rule, "rule_id") or "" for rule in objs(record["body"], "rules") if text(rule, "finding") != "shadow"]
    by = f"policy {policy['id']} {policy['version']}" if policy else ""
    if not rules:
        return f" by {by}" if by else ""
    rule = f"{'rule' if len(rules) == 1 else 'rules'} {', '.join(rules)}"
    return f" by {rule} of {by}" if by else f" by {rule}"


def described(record):
    reason, code = text(record["body"], "reason") or "", text(record["body"], "reason_code") or ""
    end = f" ({code})" if code else ""
    return f"{control_of(record)} said {outcome_in(record)} at index {record['index']}{rules_of(record)}: “{reason}”{end}."


def summarise(records, outcome, size):
    if not records:
        none = "No evidence is on record for this trace."
        return dict(allowed=none, blocked=none, controls=none, chain="There is no evidence, so there is no chain to be valid.")
    every = [record for record in records if is_decision(record)]
    live = [record for record in every if record["mode"] == LIVE]
    by_id, parts = {record["id"]: record for record in live}, Parts(records)
    calls = []
    for call in filter(ran, parts.calls):
        named = ", ".join(control_of(by_id[one]) for one in rests_on(call) if one in by_id) or "no decision in this trace"
        review = text(call["start"] and call["start"]["body"], "review_id")
        approval = "" if review is None else f" and the approval of review {review}"
        calls.append(f"Call {call['call_id']} of {call['tool']} ran on {named}{approval}.")
    stops = [record for record in live if outcome_in(record) in OUTCOMES[3:]]
    permits = [record for record in live if outcome_in(record) in OUTCOMES[:3]]
    overruled = []
    if not calls and permits and outcome in OUTCOMES[3:]:
        overruled = [f"As a whole it was not allowed: the strictest control decides, and that is {outcome}."]
    none = "No live decision is on record." if outcome == "undecided" else "Nothing was allowed."
    held = [
        "Call {} of {} was held for review {}: “{}”.".format(*(text(r["body"], name) or "" for name in ("call_id", "tool", "review_id", "reason")))
        for r in records
        if r["mode"] == LIVE and r["type"] == REQUESTED
    ]
    ended = [
        f"Call {call['call_id']} of {call['tool']} was {text(call['end']['body'], 'status')}: “{text(call['end']['body'], 'reason') or ''}”."
        for call in parts.calls
        if call["end"] and text(call["end"]["body"], "status") in ("blocked", "withheld")
    ]
    contributing = [f"{control_of(record)}: {outcome_in(record)}{rules_of(record)}." for record in live]
    others = len(every) - len(live)
    aside = f" {others} simulated, replayed or shadow decisions do not count." if others else ""
    return dict(
        allowed=sentences(overruled + calls + [described(record) for record in permits], none),
        blocked=sentences([described(record) for record in stops] + held + ended, "Nothing was blocked."),
        controls=sentences(list(dict.fromkeys(contributing)), "No control contributed.") + aside,
        chain=f"Yes: {len(records)} record(s) are proven in the checkpoint of size {size}.",
    )


# ---------------------------------------------------------------- the package

REQUIRED = ["records.jsonl", "records.index", "checkpoint", "disclosures.jsonl", "VERIFY.md", "keys/jwks.json", "package.dsse.json"]
KNOWN = re.compile(
    r"proofs/(0|[1-9][0-9]{0,15})\.tlog-proof|tile/([0-9]|[1-5][0-9]|6[0-3])/(x[0-9]{3}/)*[0-9]{3}(\.p/[1-9][0-9]{0,2})?"
    r"|index-proof\.txt|checkpoint\.(tsr|salt)|policy/[0-9a-f]{64}\.json|consistency-(0|[1-9][0-9]{0,15})-(0|[1-9][0-9]{0,15})\.txt|keys/[A-Za-z0-9][A-Za-z0-9._-]*\.vkey"
)
STATEMENT = "package.dsse.json"


INNER = "operator/"
ENTERPRISE = "https://spanforge.dev/enterprise-package/v1"
PARTS = {
    "profile.json": "spanforge.deployment-profile.v1",
    "controls.json": "spanforge.enterprise-controls.v1",
    "status.json": "spanforge.enterprise-status.v1",
    "architectures.json": "spanforge.reference-architectures.v1",
}
OUTER = [*PARTS, "VERIFY.md", "SHA256SUMS", "package.dsse.json"]


class Verification:
    def __init__(self, files, keys, origin=None, since=None, known_size=None, secrets=(), witness_policy=None):
        self.files, self.keys, self.origin, self.since, self.known_size = files, keys, origin, since, known_size
        self.secrets, self.faults, self.tail, self.level, self.complete = dict(secrets), [], "unpinned", None, "unproven"
        self.outcome, self.position = None, None
        self.log, self.succeeds, self.witness_policy, self.witnesses = None, None, witness_policy, None
        self.findings = []

    def fault(self, verdict, reason, **place):
        self.faults.append(dict(verdict=verdict, reason=reason, **place))

    def invalid(self, reason, **place):
        self.fault("invalid", reason, **place)

    def report(self):
        try:
            self.run()
        except Failed as error:
            self.fault("failed", str(error))
        except Exception as error:  # never valid by an accident
            self.fault("failed", f"unexpected: {error!r}")
        verdict = next((one for one in WEIGHTS if any(f["verdict"] == one for f in self.faults)), "valid")
        return dict(verdict=verdict, exit_code=EXITS[verdict], faults=self.faults, tail=self.tail, level=self.level, complete=self.complete, log=self.log, succeeds=self.succeeds, witnesses=self.witnesses, findings=self.findings)

    def run(self):
        return self.enterprise() if INNER + STATEMENT in self.files else self.operator()

    def operator(self):
        policy = None if self.witness_policy is None else read_policy(self.witness_policy)
        origin, notes, package = read_anchors(self.keys, self.origin, policy[0] if policy else ())
        if len(self.files) > 20_000 or sum(map(len, self.files.values())) > 268_435_456:
            return self.fault("unsupported", "package_too_large")
        for name in self.files:
            if not safe_name(name):
                self.invalid("unsafe_name")
            elif name not in REQUIRED and not KNOWN.fullmatch(name):
                self.invalid("unknown_file", file=name)
        for name in REQUIRED:
            if name not in self.files:
                self.invalid("missing_file", file=name)
        self.timestamp()
        checkpoint = self.checkpoint(origin, notes)
        self.position = checkpoint["size"] if checkpoint and checkpoint["trusted"] else None
        predicate, trusted = self.envelope(package, checkpoint["size"] if checkpoint and checkpoint["trusted"] else None)
        macs = False
        if checkpoint:
            self.log = dict(origin=checkpoint["origin"], size=checkpoint["size"], root=checkpoint["root"].hex())
            self.consistency(checkpoint)
            if policy:
                self.cosigned(policy, checkpoint["cosigners"])
            shown = self.lines()
            records = self.records(self.prove(shown, checkpoint)) if shown is not None else []
            if checkpoint["trusted"]:
                self.opening(records)
            macs = self.hmacs(records)
            opened = self.values(records)
            self.policies(records)
            if shown is not None and len(records) == len(shown):
                if not records:
                    self.fault("incomplete", "no_evidence")
                believed = checkpoint["trusted"] or trusted or macs
                self.outcome = outcome_of(records)
                whole = predicate is not None and set(predicate["query"]) <= {"trace_id", "run", "tenant", "project"}
                found = findings_in(records, whole)
                stated = predicate["completeness"] if predicate is not None else []
                self.findings = found + [one for one in stated if one["code"] in EXPORTERS_WORD]
                for one in found if believed else []:
                    if one["code"] in ("executed_not_authorised", "decision_reused", "decision_mismatch"):
                        self.fault("violation", one["code"], index=one["index"])
                proof = self.files.get("index-proof.txt")
                if proof is not None and predicate is not None and checkpoint["trusted"]:
                    query, reason = predicate["query"], "other_term"
                    kind = {("trace_id",): "trace:", ("run",): "run:"}.get(tuple(query))
                    if kind is not None:
                        reason = index_refusal(text_of(proof), kind + next(iter(query.values())), records, checkpoint, notes)
                    if reason is None:
                        self.complete = "proven"
                    else:
                        self.invalid(f"index_proof_{reason}", file="index-proof.txt")
                if predicate is not None:
                    self.agreement(predicate, records, opened, checkpoint, found)
            else:
                macs = False
            self.level = "L1" if checkpoint["trusted"] and records else "L0" if macs else None
        if not trusted:
            nobody = not package and not notes and not macs
            self.fault("untrusted" if nobody else "incomplete", "no_trusted_key" if nobody else "no_trusted_package_key")

    def cosigned(self, policy, cosigners):
        """Whether the witnesses that cosigned the checkpoint are enough for the verifier's policy."""
        _, witnesses, met = policy
        seconds = {one["raw"]: one["seconds"] for one in reversed(cosigners)}
        found = [dict(name=name, time=seconds[raw]) for name, raw in witnesses if raw in seconds]
        self.witnesses = dict(quorum="met" if met(set(seconds)) else "missed", cosigned=found)
        if self.witnesses["quorum"] == "missed":
            self.fault("incomplete", "witness_quorum_missed", file="checkpoint")

    def timestamp(self):
        """What can be said of a time stamp without ASN.1: whether its files belong to this checkpoint."""
        reply, salt = self.files.get("checkpoint.tsr"), self.files.get("checkpoint.salt")
        if reply is None and salt is None:
            return
        if reply is None or salt is None:
            return self.invalid("missing_file", file="checkpoint.tsr" if reply is None else "checkpoint.salt")
        found = re.fullmatch(r"spanforge\.timestamp\.v1\nsalt ([A-Za-z0-9+/]{43}=)\nnonce [1-7][0-9a-f]{31}\n", text_of(salt) or "")
        if not found or b64(found[1]) is None:
            self.invalid("salt_malformed", file="checkpoint.salt")
        elif reply[:1] != b"\x30" or len(reply) > 65_536:
            self.invalid("timestamp_malformed", file="checkpoint.tsr")
        elif sha(salt, self.files.get("checkpoint", b"")) not in reply:
            self.invalid("timestamp_mismatch", file="checkpoint.tsr")

    def enterprise(self):
        """The operator's package inside an enterprise package, then what stands around it."""
        policy = None if self.witness_policy is None else read_policy(self.witness_policy)
        _, _, package = read_anchors(self.keys, self.origin, policy[0] if policy else ())
        files, mine = self.files, self.faults
        if len(files) > 20_000 or sum(map(len, files.values())) > 268_435_456:
            return self.fault("unsupported", "package_too_large")
        for name in files:
            if not name.startswith(INNER) and not safe_name(name):
                self.invalid("unsafe_name")
            elif not name.startswith(INNER) and name not in OUTER:
                self.invalid("unknown_file", file=name)
        for name in OUTER:
            if name not in files:
                self.invalid("missing_file", file=name)
        digest = lambda name: sha(files.get(name, b"")).hex()  # noqa: E731
        sums = "".join(f"{digest(name)}  {name}\n" for name in sorted(files) if name not in ("SHA256SUMS", STATEMENT))
        if sums.encode() != files.get("SHA256SUMS"):
            self.invalid("checksum_mismatch", file="SHA256SUMS")
        self.files = {name[len(INNER) :]: data for name, data in files.items() if name.startswith(INNER)}
        self.faults, self.outcome, self.position = [], None, None
        try:
            self.operator()
        finally:
            for one in self.faults:
                mine.append(dict(one, file=INNER + one["file"]) if "file" in one else one)
            note, self.files, self.faults = text_of(self.files.get("checkpoint", b"")), files, mine
        said, _ = self.envelope(package, self.position, ENTERPRISE)
        parts = {}
        for name, version in PARTS.items():
            content = text_of(files.get(name, b""))
            value = (parse_json(content) or (None,))[0]
            parts[name] = value if isinstance(value, dict) and value.get("v") == version and canonical(value) + "\n" == content else None
            if parts[name] is None:
                self.invalid("part_malformed", file=name)
        if said is None:
            return
        if obj(parts["status.json"], "log") is None or parts["status.json"]["log"].get("origin") != said["log_origin"]:
            self.invalid("log_mismatch", file="status.json")
        if (parts["controls.json"] or {}).get("tenant_id") != said["tenant"]:
            self.invalid("tenant_mismatch", file="controls.json")
        log = parse_checkpoint(body_of(note)) if note else None
        claims = dict(
            operator_statement=digest(INNER + STATEMENT),
            checksums=digest("SHA256SUMS"),
            log_origin=log and log["origin"],
            log_size=log and log["size"],
            root=log and log["root"].hex(),
            outcome=self.outcome or said["outcome"],
        )
        for name, shown in claims.items():
            if said[name] != shown:
                self.invalid(f"{name}_mismatch", file=STATEMENT)

    def envelope(self, keys, size, wanted="https://spanforge.dev/operator-package/v1"):
        data = self.files.get(STATEMENT)
        if data is None:
            return None, False
        parsed = parse_json(text_of(data))
        if not parsed:
            return self.invalid("not_an_envelope"), False
        envelope = parsed[0]
        if canonical(envelope) != text_of(data):
            return self.invalid("not_canonical"), False
        formed = only(envelope, ["payload", "payloadType", "signatures"]) and is_text(envelope["payloadType"], 10**9)
        payload = b64(envelope["payload"]) if formed else None
        signatures = envelope["signatures"] if formed else None
        if payload is None or not isinstance(signatures, list) or len(signatures) > 100:
            return self.invalid("not_an_envelope"), False
        for one in signatures:
            if not only(one, ["sig"], ["keyid"]) or b64(one["sig"]) is None or not isinstance(one.get("keyid", ""), str):
                return self.invalid("not_an_envelope"), False
        kind, trusted = envelope["payloadType"], False
        if keys:
            message = b"DSSEv1 %d %s %d %s" % (len(kind.encode()), kind.encode(), len(payload), payload)
            signers, bad = [], 0
            for one in signatures:
                named = [key for key in keys if key["kid"] == one.get("keyid")]
                signer = next((key for key in (named if "keyid" in one else keys) if key["verify"](message, b64(one["sig"]))), None)
                if signer:
                    signers.append(signer)
                elif named:
                    bad += 1
            algorithms = {key["alg"] for key in signers if not lapse(key, size)}
            lapsed = {lapse(key, size) for key in signers if key["alg"] not in algorithms}
            if bad:
                self.invalid("signature_invalid")
            elif lapsed:
                self.fault("untrusted" if size is None else "invalid", "key_revoked" if "key_revoked" in lapsed else "key_retired")
            elif not signers:
                self.fault("untrusted" if signatures else "invalid", "untrusted_key" if signatures else "not_signed")
            elif any(key["alg"] not in algorithms and not lapse(key, size) for key in keys):
                self.invalid("signature_missing")
            else:
                trusted = True
        if kind != "application/vnd.in-toto+json":
            return self.fault("unsupported", "payload_type"), False
        statement = (parse_json(text_of(payload)) or (None,))[0]
        listed = statement.get("subject") if only(statement, ["_type", "subject", "predicateType", "predicate"]) else None
        good = isinstance(listed, list) and listed and statement["_type"] == "https://in-toto.io/Statement/v1"
        good = good and is_text(statement["predicateType"], 10**9) and all(
            only(one, ["name", "digest"]) and is_text(one["name"], 10**9) and only(one["digest"], ["sha256"])
            and re.fullmatch(r"[0-9a-f]{64}", str(one["digest"]["sha256"])) for one in listed
        ) and len({one["name"] for one in listed}) == len(listed)
        if not good:
            return self.invalid("not_a_statement"), False
        digests = {one["name"]: one["digest"]["sha256"] for one in listed}
        for name, content in self.files.items():
            if name == STATEMENT:
                continue
            if name not in digests:
                self.invalid("unlisted_file", file=name)
            elif digests[name] != sha(content).hex():
                self.invalid("digest_mismatch", file=name)
        for name in digests:
            if name not in self.files:
                self.invalid("missing_file", file=name)
        if statement["predicateType"] != wanted:
            return self.fault("unsupported", "predicate_type"), False
        if not (is_outer_predicate if wanted == ENTERPRISE else is_predicate)(statement["predicate"]):
            return self.invalid("predicate_malformed"), False
        return statement["predicate"], trusted

    def checkpoint(self, origin, keys):
        note = text_of(self.files.get("checkpoint", b"\xff"))
        if note is None:
            return self.invalid("note_malformed")
        found = parse_checkpoint(body_of(note))
        if not keys or origin is None:
            if not found:
                return self.invalid("checkpoint_malformed")
            if origin not in (None, found["origin"]):
                return self.invalid("origin_mismatch")
            return dict(found, note=note, trusted=False, cosigners=[])
        reason, signers = open_note(note, keys)
        if found and found["origin"] != origin:
            return self.invalid("origin_mismatch")
        if reason:
            return self.fault("untrusted" if reason == "untrusted_key" else "invalid", reason)
        if not found:
            return self.invalid("checkpoint_malformed")
        by_log = [key for key in signers if key["kind"] == 1 and key["name"] == origin]
        lapsed = [lapse(key, found["size"]) for key in by_log]
        if not by_log:
            return self.fault("untrusted", "untrusted_key")
        if all(lapsed):
            return self.invalid("key_revoked" if "key_revoked" in lapsed else "key_retired")
        cosigners = [key for key in signers if key["kind"] == 4 and not lapse(key, found["size"])]
        return dict(found, note=note, trusted=True, cosigners=cosigners)

    def consistency(self, checkpoint):
        proofs, before = {}, len(self.faults)
        for name, data in self.files.items():
            match = re.fullmatch(r"consistency-([0-9]+)-([0-9]+)\.txt", name)
            if not match:
                continue
            parsed = parse_proof(text_of(data), [])
            if parsed and parsed[0] == "old" and parsed[1] == int(match[1]) and int(match[2]) == checkpoint["size"] and parsed[3] == checkpoint["note"]:
                proofs[name] = parsed[2]
            else:
                self.invalid("consistency_malformed", file=name)
        before = len(self.faults)
        if self.since is not None:
            kept = parse_checkpoint(body_of(self.since))
            if not kept or kept["origin"] != checkpoint["origin"]:
                raise Failed("the kept checkpoint")
            old, new = kept["size"], checkpoint["size"]
            name = f"consistency-{old}-{new}.txt"
            if new < old:
                self.invalid("rollback")
            elif new == old:
                if kept["root"] != checkpoint["root"]:
                    self.invalid("fork")
            elif name not in self.files:
                self.fault("incomplete", "consistency_missing")
            elif name not in proofs or not consistent(old, new, kept["root"], checkpoint["root"], proofs[name]):
                self.invalid("consistency_invalid")
        if self.known_size is not None and checkpoint["size"] < self.known_size:
            self.invalid("rollback")
        brought = self.since is not None or self.known_size is not None
        if brought and checkpoint["trusted"] and len(self.faults) == before:
            self.tail = "pinned"

    def split(self, name, most):
        data = self.files.get(name, b"\x00")
        lines = data.split(b"\n")
        if lines.pop() != b"" or len(lines) > most:
            return self.invalid("lines_malformed", file=name)
        return lines

    def lines(self):
        records, index = self.split("records.jsonl", 250_000), self.split("records.index", 250_000)
        if index is not None and any(text_of(line) is None for line in index):
            return self.invalid("not_utf8", file="records.index")
        if records is None or index is None:
            return None
        if len(records) != len(index):
            return self.invalid("line_count_mismatch")
        shown, previous = [], -1
        for at, (data, line) in enumerate(zip(records, index), 1):
            entry = (parse_json(text_of(line), limit=JSON_LINE) or (None,))[0]
            plain = only(entry, ["index"]) or (only(entry, ["index", "kid", "hmac"]) and is_text(entry["kid"]) and re.fullmatch(r"hmac-sha256:[0-9a-f]{64}", str(entry["hmac"])))
            if not plain or not is_count(entry["index"]) or canonical(entry) != text_of(line):
                return self.invalid(f"line_{at}_malformed")
            if entry["index"] <= previous:
                return self.invalid("duplicate_record" if entry["index"] == previous else "out_of_order", index=entry["index"])
            if not 1 <= len(data) <= 65_535:
                return self.invalid("record_length", index=entry["index"])
            previous = entry["index"]
            shown.append(dict(entry, bytes=data, leaf=sha(b"\x00", data)))
        return shown

    def prove(self, shown, checkpoint):
        seen, twice = set(), False
        for one in shown:
            if one["leaf"] in seen:
                twice = True
                self.invalid("duplicate_record", index=one["index"])
            seen.add(one["leaf"])
        if any(name.startswith("tile/") for name in self.files):
            return self.prove_by_tiles(shown, checkpoint, twice)
        wanted = {f"proofs/{one['index']}.tlog-proof" for one in shown}
        for name in self.files:
            if name.startswith("proofs/") and name not in wanted:
                self.invalid("proof_without_record", file=name)
        proven = []
        for one in shown:
            data = self.files.get(f"proofs/{one['index']}.tlog-proof")
            parsed = data is not None and parse_proof(text_of(data), ["c2sp.org/tlog-proof@v1"])
            if data is None:
                reason = "proof_missing"
            elif not parsed or parsed[0] != "index":
                reason = "proof_malformed"
            elif parsed[1] != one["index"]:
                reason = "proof_of_another_index"
            elif parsed[3] != checkpoint["note"]:
                reason = "proof_of_another_checkpoint"
            elif not included(one["index"], checkpoint["size"], one["leaf"], parsed[2], checkpoint["root"]):
                reason = "not_in_checkpoint"
            else:
                proven.append(one)
                continue
            self.invalid(reason, index=one["index"])
        return proven

    def prove_by_tiles(self, shown, checkpoint, twice):
        size = checkpoint["size"]
        if shown and shown[-1]["index"] >= size:
            self.invalid("not_in_checkpoint", index=shown[-1]["index"])
            return []
        tiles = tiles_for(size, [one["index"] for one in shown])
        names, before = {name for *_, name in tiles}, len(self.faults)
        for *_, width, name in tiles:
            if len(self.files.get(name, b"")) != width * 32:
                self.invalid("tile_length" if name in self.files else "tile_missing", file=name)
        for name in self.files:
            if name.startswith("proofs/") or (name.startswith("tile/") and name not in names):
                self.invalid("proof_without_record", file=name)
        if twice or len(self.faults) > before:
            return []
        known, tops = {one["index"]: one["leaf"] for one in shown}, []
        for level in sorted({tile[0] for tile in tiles}):
            above = {}
            for _, index, width, name in (tile for tile in tiles if tile[0] == level):
                data = self.files[name]
                hashes = [data[at : at + 32] for at in range(0, width * 32, 32)]
                if any(known.get(index * 256 + at, value) != value for at, value in enumerate(hashes)):
                    self.invalid("not_in_checkpoint", file=name)
                    return []
                if width == 256:
                    above[index] = peaks(hashes)[0]
                else:
                    tops = peaks(hashes) + tops
            known = above
        root = tops.pop() if tops else known.get(0, sha())
        while tops:
            root = sha(b"\x01", tops.pop(), root)
        if root == checkpoint["root"]:
            return shown
        self.invalid("root_mismatch", file="tile/")
        return []

    def records(self, proven):
        records = []
        for one in proven:
            record = (parse_json(text_of(one["bytes"]), True) or ("",))[0]
            if isinstance(record, dict) and record.get("v") != "spanforge.record.v1":
                self.fault("unsupported", "record_version", index=one["index"])
            elif not is_record(record):
                self.invalid("not_a_record", index=one["index"])
            else:
                records.append(dict(record, **{name: value for name, value in one.items() if name != "bytes"}))
        return records

    def opening(self, records):
        """What the first record of a log says about the log before it."""
        body = next((one["body"] for one in records if one["index"] == 0 and one["type"] == OPENED), None)
        if body is None:
            return
        root = body.get("predecessor_root", "0" * 64)
        formed = only(body, ["origin"], ["predecessor", "predecessor_size", "predecessor_root", "reason"])
        formed = formed and is_text(body["origin"]) and is_text(body.get("reason", "x")) and isinstance(body.get("predecessor", ""), str)
        formed = formed and is_count(body.get("predecessor_size", 0)) and isinstance(root, str) and re.fullmatch(r"[0-9a-f]{64}", root)
        if not formed:
            self.invalid("not_a_record", index=0)
        elif {"predecessor", "predecessor_size", "predecessor_root"} <= set(body):
            self.succeeds = dict(origin=body["predecessor"], size=body["predecessor_size"], root=root)

    def hmacs(self, records):
        good = 0
        for record in records:
            secret = self.secrets.get(record.get("kid"))
            if "hmac" not in record or secret is None:
                continue
            key = hkdf(secret, record["kid"].encode(), b"tenant:" + record["tenant"].encode())
            if "hmac-sha256:" + mac(key, b"spanforge.record.v1\n" + record["leaf"]).hex() == record["hmac"]:
                good += 1
            else:
                self.invalid("hmac_mismatch", index=record["index"])
        return bool(self.secrets) and bool(records) and good == len(records)

    def values(self, records):
        opened, by_index, previous = {}, {record["index"]: record for record in records}, (-1, "")
        lines = self.split("disclosures.jsonl", 1_000_000)
        if lines is not None and any(text_of(line) is None for line in lines):
            self.invalid("not_utf8", file="disclosures.jsonl")
            return opened
        for data in lines or []:
            line = (parse_json(text_of(data), limit=JSON_LINE) or (None,))[0]
            formed = only(line, ["index", "name", "digest", "disclosure"]) and is_count(line["index"]) and is_text(line["name"], 10**9)
            formed = formed and re.fullmatch(r"[A-Za-z0-9_-]{43}", str(line["digest"])) and re.fullmatch(r"[A-Za-z0-9_-]+", str(line["disclosure"]))
            if not formed or canonical(line) != text_of(data):
                self.invalid("line_malformed", file="disclosures.jsonl")
                return opened
            index, name, digest = line["index"], line["name"], line["digest"]
            place = (index, name.encode("utf-16-be"))
            repeated = place <= previous if isinstance(previous[1], bytes) else False
            previous, record = place, by_index.get(index)
            committed = dict(commitments(record)).get(name) if record else None
            reason, parts = None, None
            if repeated or digest in opened:
                reason = "disclosure_repeated"
            elif record is None:
                reason = "disclosure_without_record"
            elif committed is None:
                reason = "value_not_committed"
            elif committed != digest:
                reason = "disclosure_mismatch"
            else:
                raw = b64(line["disclosure"], True)
                parts = (parse_json(text_of(raw)) or (None,))[0] if raw is not None else None
                salt = b64(parts[0], True) if isinstance(parts, list) and len(parts) == 3 else None
                if salt is None or len(salt) != 16 or not is_text(parts[1], 10**9):
                    reason = "disclosure_malformed"
                elif parts[1] != name or sha(line["disclosure"].encode()) != b64(digest, True):
                    reason = "disclosure_mismatch"
                else:
                    opened[digest] = name
            if reason:
                self.invalid(reason + (f":{name}" if re.fullmatch(r"[\x21-\x7e]{1,100}", name) else ""), index=index)
        return opened

    def policies(self, records):
        decided = {policy_of(record)["digest"] for record in records if policy_of(record)}
        for name, data in self.files.items():
            match = re.fullmatch(r"policy/([0-9a-f]{64})\.json", name)
            if match and sha(data).hex() != match[1]:
                self.invalid("digest_mismatch", file=name)
            elif match and match[1] not in decided:
                self.invalid("policy_without_record", file=name)

    def agreement(self, predicate, records, opened, checkpoint, found):
        outcome, counts, span, query = outcome_of(records), predicate["counts"], predicate["size_range"], predicate["query"]
        closed = sum(opened.get(digest) != name for record in records for name, digest in commitments(record))
        named = sorted({policy_of(record)["digest"] for record in records if policy_of(record)})
        stated = [one for one in predicate["completeness"] if one["code"] not in EXPORTERS_WORD]
        summary = summarise(records, outcome, checkpoint["size"])
        claims = [
            ("log_origin", predicate["log_origin"], checkpoint["origin"]),
            ("size_range", span["to"], checkpoint["size"]),
            ("size_range", True, span["from"] == 0 or f"consistency-{span['from']}-{span['to']}.txt" in self.files),
            ("root", predicate["root"], checkpoint["root"].hex()),
            ("outcome", predicate["outcome"], outcome),
            ("strictest", predicate.get("strictest", strictest_of(records)), strictest_of(records)),
            *((f"summary.{part}", predicate["summary"][part], summary[part]) for part in summary),
            ("completeness", canonical(stated), canonical(found)),
            ("counts.selected", counts["selected"], len(records)),
            ("counts.redacted", counts["redacted"], sum(map(is_redacted, records))),
            ("counts.withheld", counts["withheld"] + counts["missing"], closed),
            ("missing_policies", predicate["missing_policies"], [one for one in named if f"policy/{one}.json" not in self.files]),
        ]
        for claim_name, said, shown in claims:
            if said != shown:
                self.invalid(f"{claim_name}_mismatch", file=STATEMENT)
        for record in records:
            at = millis(record["time"])
            fits = all(query.get(name, record[name]) == record[name] for name in ("trace_id", "run", "tenant", "project", "agent", "actor"))
            fits = fits and record["type"] in query.get("types", [record["type"]])
            fits = fits and ("outcome" not in query or query["outcome"] == record["body"].get("outcome"))
            body = record["body"]
            rules, subjects = body.get("rules"), body.get("subjects")
            fits = fits and ("tool" not in query or query["tool"] == body.get("tool"))
            fits = fits and ("rule" not in query or any(isinstance(one, dict) and one.get("rule_id") == query["rule"] for one in (rules if isinstance(rules, list) else [])))
            fits = fits and ("subject" not in query or query["subject"] in (subjects if isinstance(subjects, list) else []))
            if not fits or at < query.get("from_time_ms", at) or at >= query.get("to_time_ms", at + 1):
                self.invalid("record_outside_query", index=record["index"])


def mac(key, data):
    block = (sha(key) if len(key) > 64 else key).ljust(64, b"\x00")
    return sha(bytes(byte ^ 0x5C for byte in block), sha(bytes(byte ^ 0x36 for byte in block), data))


def hkdf(secret, salt, info):
    if len(secret) < 32:
        raise Failed("a secret of fewer than 32 bytes")
    return mac(mac(salt, secret), info + b"\x01")


def is_join(join):
    return (
        only(join, [], ["claim", "key", "records", "request"])
        and is_text(join.get("claim", "x"))
        and all(isinstance(join.get(name, "A" * 43), str) and re.fullmatch(r"[A-Za-z0-9_-]{43}", join.get(name, "A" * 43)) for name in ("key", "request"))
        and is_count(join.get("records", 1))
        and join.get("records", 1) >= 1
    )


def is_record(record):
    names = ["type", "tenant", "project", "env", "agent", "actor", "source"]
    required = ["v", "id", *names, "run", "trace_id", "mode", "time", "writer", "body"]

    def identifier(value):
        return isinstance(value, str) and re.fullmatch(r"[\x20-\x7e]{1,128}", value) is not None

    return (
        only(record, required, ["append", "span_id", "policy", "state_size"])
        and ("append" not in record or is_join(record["append"]))
        and isinstance(record["id"], str)
        and re.fullmatch(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", record["id"]) is not None
        and all(is_text(record[name]) for name in names)
        and all(identifier(record[name]) for name in ("run", "trace_id", "span_id") if name in record)
        and ("policy" not in record or (only(record["policy"], ["id", "version", "digest"]) and all(map(is_text, record["policy"].values()))))
        and record["mode"] in (LIVE, "shadow", "simulate", "replay")
        and isinstance(record["time"], str)
        and is_time(record["time"])
        and only(record["writer"], ["id", "boot", "n"])
        and is_text(record["writer"]["id"])
        and is_text(record["writer"]["boot"])
        and is_count(record["writer"]["n"])
        and is_count(record.get("state_size", 0))
        and isinstance(record["body"], dict)
    )


def is_outer_predicate(p):
    members = ["tenant", "log_origin", "log_size", "root", "outcome", "operator_statement", "checksums", "generated_at"]
    return (
        only(p, members)
        and is_text(p["tenant"], 10**9)
        and is_text(p["log_origin"], 10**9)
        and is_count(p["log_size"])
        and all(isinstance(p[name], str) and re.fullmatch("[0-9a-f]{64}", p[name]) for name in ("root", "operator_statement", "checksums"))
        and isinstance(p["outcome"], str)
        and isinstance(p["generated_at"], str)
    )


# What only the exporter can know.
EXPORTERS_WORD = ("writer_hole", "writers_not_checked", "log_damaged")


def is_predicate(p):
    members = ["log_origin", "size_range", "root", "query", "generated_at", "outcome", "summary", "completeness", "counts", "missing_policies"]
    if not only(p, members, ["strictest"]):
        return False
    query, number = p["query"], (int, float)
    words = ["trace_id", "run", "tenant", "project", "outcome", "agent", "actor", "tool", "rule", "subject"]
    return (
        is_text(p["log_origin"], 10**9)
        and only(p["size_range"], ["from", "to"])
        and all(map(is_count, p["size_range"].values()))
        and isinstance(p["root"], str)
        and re.fullmatch(r"[0-9a-f]{64}", p["root"]) is not None
        and only(query, [], [*words, "types", "from_time_ms", "to_time_ms"])
        and all(isinstance(query.get(name, ""), str) for name in words)
        and all(isinstance(query.get(name, 0), number) and not isinstance(query.get(name, 0), bool) for name in ("from_time_ms", "to_time_ms"))
        and isinstance(query.get("types", []), list)
        and all(isinstance(one, str) for one in query.get("types", []))
        and isinstance(p["generated_at"], str)
        and all(p.get(name, "block") in (*OUTCOMES, "no_evidence", "undecided") for name in ("outcome", "strictest"))
        and only(p["summary"], ["allowed", "blocked", "controls", "chain"])
        and all(isinstance(one, str) for one in p["summary"].values())
        and isinstance(p["completeness"], list)
        and all(
            only(one, ["code", "message"], ["index"]) and isinstance(one["code"], str) and isinstance(one["message"], str) and is_count(one.get("index", 0))
            for one in p["completeness"]
        )
        and only(p["counts"], ["selected", "withheld", "redacted", "missing"])
        and all(map(is_count, p["counts"].values()))
        and isinstance(p["missing_policies"], list)
        and all(isinstance(one, str) for one in p["missing_policies"])
    )


# ---------------------------------------------------------------- several packages

RELATIONS = ["fork", "same", "grown", "successor", "beyond", "succession_not_shown", "growth_not_shown", "not_related"]


def options_for(files, keys, witness_policy=None):
    """Each vkey is trusted for the log it names alone."""
    jwks = [one for one in keys if one.strip(WHITE).startswith("{")]
    note = parse_checkpoint(body_of(text_of((files or {}).get("checkpoint", b"")) or ""))
    in_policy = re.findall(r"^[ \t]*log[ \t]+(\S+)", witness_policy or "", re.M)
    named = False
    for line in (*in_policy, *(line.strip(WHITE) for one in keys if one not in jwks for line in one.split("\n") if line.strip(WHITE))):
        try:
            named = named or (note is not None and read_vkey(line)["name"] == note["origin"])
        except Failed:
            named = True
    return dict(keys=keys, origin=note["origin"], witness_policy=witness_policy) if note and named else dict(keys=jwks)


def growth(smaller, larger):
    files = larger["files"]
    note = text_of(files["checkpoint"])
    check = Verification(files, [], since=text_of(smaller["files"]["checkpoint"]))
    check.consistency(dict(parse_checkpoint(body_of(note)), note=note, trusted=True))
    reasons = [one["reason"] for one in check.faults]
    return "grown" if not reasons else "fork" if "consistency_invalid" in reasons else "growth_not_shown"


def succession(before, after):
    log, named = before["report"]["log"], after["report"]["succeeds"]
    if not named or named["origin"] != log["origin"]:
        return None
    if log["size"] > named["size"]:
        return "beyond"
    if log["size"] < named["size"]:
        return "succession_not_shown"
    return "successor" if log["root"] == named["root"] else "fork"


def relation_of(a, b):
    one, other = a["report"]["log"], b["report"]["log"]
    sound = all(each["report"]["verdict"] in ("valid", "violation", "incomplete") for each in (a, b))
    if not sound or not one or not other:
        return "not_related"
    if one["origin"] != other["origin"]:
        return succession(a, b) or succession(b, a) or "not_related"
    if one["size"] == other["size"]:
        return "same" if one["root"] == other["root"] else "fork"
    return growth(a, b) if one["size"] < other["size"] else growth(b, a)


def verify_together(packages, keys, witness_policy=None):
    """Packages are files by name, or the reason why their container was refused."""
    opened = []
    for files in packages:
        if isinstance(files, str):
            report = dict(verdict="invalid", exit_code=1, faults=[dict(verdict="invalid", reason=files)], log=None, succeeds=None)
        else:
            report = Verification(files, **options_for(files, keys, witness_policy)).report()
        opened.append(dict(files=files, report=report))
    pairs = [(at, to, relation_of(opened[at], opened[to])) for to in range(len(opened)) for at in range(to)]
    joined, links = {0}, []
    while len(joined) < len(opened):
        at, to, relation = min((one for one in pairs if (one[0] in joined) != (one[1] in joined)), key=lambda one: RELATIONS.index(one[2]))
        at, to = (at, to) if at in joined else (to, at)
        joined.add(to)
        links.append((at, to, relation))
    forks = {to: (at, to, relation) for at, to, relation in reversed(pairs) if relation == "fork"}
    links = [forks.get(link[1], link) for link in sorted(links, key=lambda link: link[1])]
    codes, found = [one["report"]["exit_code"] for one in opened], {relation for *_, relation in links}
    worst = next((code for code in (1, 2, 3) if code in codes), 0)
    code = 1 if "fork" in found else worst or (0 if found <= {"same", "grown", "successor"} else 3)
    named = [{"from": at, "to": to, "relation": relation} for at, to, relation in links]
    return dict(packages=[one["report"] for one in opened], links=named, exit_code=code)


# ---------------------------------------------------------------- the command line


def content_of(member):
    return member["text"].encode() if "text" in member else base64.b64decode(member["base64"])


def grade(path):
    with open(path, encoding="utf-8") as stream:
        published = json.load(stream)
    wrong = 0
    for vector in published["vectors"]:
        members = {**published["bases"][vector["base"]], **vector["set"]}
        files = {name: content_of(member) for name, member in members.items() if member is not None}
        keys = [published["keys"][name] for name in vector.get("keys", ["package", "log"])]
        report = Verification(files, keys, **vector.get("options", {})).report()
        reasons = [one["reason"] for one in report["faults"]]
        good = report["verdict"] == vector["verdict"] and report["exit_code"] == vector["exit_code"]
        good = good and (vector["verdict"] == "failed" or vector.get("reason") is None or vector["reason"] in reasons)
        good = good and vector.get("reasons", sorted(set(reasons))) == sorted(set(reasons))
        if not good:
            wrong += 1
            print(f"{vector['name']}: {report['verdict']} {reasons}, expected {vector['verdict']} {vector.get('reason')}")
    print(f"{len(published['vectors']) - wrong} of {len(published['vectors'])} vectors")
    return 1 if wrong else 0


def grade_index(path):
    with open(path, encoding="utf-8") as stream:
        published = json.load(stream)
    wrong = 0
    for vector in published["vectors"]:
        checkpoint = {**vector["checkpoint"], "root": b64(vector["checkpoint"]["root"])}
        records = [dict(index=index, leaf=sha(b"\x00", f"record {index}".encode())) for index in vector["records"]]
        reason = index_refusal(vector["proof"], vector["term"], records, checkpoint, [read_vkey(published["key"])])
        if reason != vector.get("reason"):
            wrong += 1
            print(f"{vector['name']}: {reason}, expected {vector.get('reason')}")
    print(f"{len(published['vectors']) - wrong} of {len(published['vectors'])} vectors")
    return 1 if wrong else 0


def grade_chains(path):
    with open(path, encoding="utf-8") as stream:
        published = json.load(stream)
    wrong = 0
    for vector in published["vectors"]:
        packages = [{name: content_of(member) for name, member in published["packages"][name].items()} for name in vector["packages"]]
        report = verify_together(packages, [published["keys"][name] for name in vector["keys"]])
        said = dict(verdicts=[one["verdict"] for one in report["packages"]], links=report["links"], exit_code=report["exit_code"])
        if any(said[name] != vector[name] for name in said):
            wrong += 1
            print(f"{vector['name']}: {said}")
    print(f"{len(published['vectors']) - wrong} of {len(published['vectors'])} vectors")
    return 1 if wrong else 0


def files_at(path):
    with open(path, "rb") as stream:
        data = stream.read()
    try:
        return read_container(data)
    except Refused as error:
        return str(error)


def main(words):
    graders = {"vectors": grade, "index-vectors": grade_index, "chain-vectors": grade_chains}
    if words[:1] and words[0] in graders:
        return graders[words[0]](words[1])
    paths, keys, options = [], [], {}
    words = iter(words)
    for word in words:
        if word in ("--key", "--since", "--witness-policy"):
            with open(next(words), encoding="utf-8") as stream:
                content = stream.read()
            if word == "--key":
                keys.append(content)
            else:
                options[word[2:].replace("-", "_")] = content
        elif word == "--origin":
            options["origin"] = next(words)
        else:
            paths.append(next(words) if word == "--with" else word)
    packages = [files_at(path) for path in paths]
    if len(packages) > 1:
        report = verify_together(packages, keys, options.get("witness_policy"))
    elif isinstance(packages[0], str):
        report = dict(verdict="invalid", exit_code=1, faults=[dict(verdict="invalid", reason=packages[0])])
    else:
        report = Verification(packages[0], keys, **options).report()
    print(json.dumps(report, default=str))
    return report["exit_code"]


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (OSError, StopIteration, IndexError, UnicodeDecodeError) as error:
        print(f"verify.py: {error or 'an option lacks its value, or no package is named'}", file=sys.stderr)
        sys.exit(2)
