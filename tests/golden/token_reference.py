"""A second implementation of Carnet's token, code and tag, in another language.

Run without arguments it prints tests/golden/token.json; with `read KEY` it reads tokens in
hexadecimal from its input, one a line, checks each signature with the public key KEY and prints
its fields. It needs Python 3.8 and the `cryptography` package. It shares nothing with the Rust
code but the description at the head of src/domain/code.rs and src/domain/token.rs.
"""

import base64
import hashlib
import hmac
import json
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ABOUT = [
    "Known answers for the token, the code and the tag; bytes are written in hexadecimal.",
    "code_key = HKDF-SHA256(master_key, no salt, 'carnet/code-key/v1' 00 ledger_id), 32 bytes.",
    "tag_key = HKDF-SHA256(master_key, no salt, 'carnet/tag-key/v1' 00), 32 bytes.",
    "code_number = first 55 bits of HMAC-SHA256(code_key, 'carnet/code/v1' 00 book:4 position:1"
    " counter:4); the next 55 bits if they are zero.",
    "code = code_number in 11 symbols of Crockford's base 32, then a check symbol.",
    "tag = first 8 bytes, signed, of HMAC-SHA256(tag_key, 'carnet/tag/v1' 00 code_number:7).",
    "token = version and flags:1 key_id:1 book:4 position:1 face_value_cents:2 code_number:7, then"
    " Ed25519 over 'carnet/voucher/v1' 00 and these 16 bytes.",
    "Integers are big-endian. Texts in 'accepted' mean the first voucher; those in 'refused' are"
    " refused under the given name by someone who knows the one public key.",
]


def hkdf(master, info):
    extracted = hmac.new(bytes(32), master, hashlib.sha256).digest()
    return hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()


def base32(number, length):
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(length)))


def double(value):
    return value << 1 if value < 16 else value << 1 ^ 0b100101


def code_text(number):
    state = 0
    for symbol in base32(number, 11):
        state = double(state) ^ ALPHABET.index(symbol)
    text = base32(number, 11) + ALPHABET[double(state)]
    return "-".join([text[:4], text[4:8], text[8:]])


def code_number(code_key, book, position, counter):
    message = b"carnet/code/v1\x00" + book.to_bytes(4, "big")
    message += position.to_bytes(1, "big") + counter.to_bytes(4, "big")
    bits = int.from_bytes(hmac.new(code_key, message, hashlib.sha256).digest(), "big")
    return bits >> 201 or bits >> 146 & (1 << 55) - 1


def tag(tag_key, number):
    message = b"carnet/tag/v1\x00" + number.to_bytes(7, "big")
    digest = hmac.new(tag_key, message, hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def body(first, key_id, book, position, cents, number):
    fields = [(first, 1), (key_id, 1), (book, 4), (position, 1), (cents, 2), (number, 7)]
    return b"".join(value.to_bytes(length, "big") for value, length in fields)


def sign(key, content):
    return content + key.sign(b"carnet/voucher/v1\x00" + content)


def url(host, token):
    return "HTTPS://" + host.upper() + "/V/" + base32(int.from_bytes(token, "big"), 128)


def golden():
    master, seed = bytes(range(32)), bytes(range(100, 132))
    ledger, host = "funder_01h455vb4pex5vsknk084sn02q", "pass.example.fr"
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    code_key = hkdf(master, b"carnet/code-key/v1\x00" + ledger.encode())
    tag_key = hkdf(master, b"carnet/tag-key/v1\x00")
    vouchers = []
    for book, position, counter, cents, specimen in [
        (4217, 3, 0, 1000, False), (4217, 3, 1, 1000, False), (4217, 4, 0, 1000, True),
        (0, 1, 0, 1, False), (4294967295, 20, 4294967295, 65535, True),
    ]:
        number = code_number(code_key, book, position, counter)
        token = sign(key, body(0x10 + specimen, 1, book, position, cents, number))
        vouchers.append({
            "book": book, "position": position, "counter": counter, "face_value_cents": cents,
            "specimen": specimen, "serial": f"{book:07}-{position:02}", "code_number": str(number),
            "code": code_text(number), "tag": str(tag(tag_key, number)), "token": token.hex(),
            "url": url(host, token),
        })
    return {
        "about": ABOUT, "master_key": master.hex(), "ledger_id": ledger, "host": host,
        "code_key": code_key.hex(), "tag_key": tag_key.hex(),
        "voucher_key": {"key_id": 1, "seed": seed.hex(), "public_key": public.hex(),
                        "public_key_base64": base64.b64encode(public).decode()},
        "vouchers": vouchers, **spellings(key, host, vouchers[0]),
    }


def spellings(key, host, voucher):
    whole, code = voucher["url"], voucher["code"]
    text, number = whole[-128:], int(voucher["code_number"])
    at_zero, shifted = text.index("0"), text.index("1")
    near = code[:-1] + ("0" if code[-1] != "0" else "2")
    right = (0x10, 1, 4217, 3, 1000, number)

    def changed(place, value):
        return url(host, sign(key, body(*right[:place], value, *right[place + 1:])))

    token = bytes.fromhex(voucher["token"])
    malformed = [
        whole[:-1], whole + "0", whole + "?a=1", whole[:-1] + "U", text[:-1], changed(0, 0x20),
        "HTTPS://PASS.EXAMPLE.FR/B/0004217", voucher["serial"], "",
    ]
    forged = [
        url(host, token[:8] + b"\xe9" + token[9:]), url(host, token[:-1] + b"\xff"),
        changed(0, 0x12), changed(1, 2), changed(3, 0), changed(3, 21), changed(4, 0),
        changed(5, 0), changed(5, number + (1 << 55)),
    ]
    return {
        "accepted": [
            whole, whole.lower(), " " + whole + "\r\n", "http://other.example:8080/v/" + text, text,
            text.lower(), text[:at_zero] + "O" + text[at_zero + 1:],
            text[:shifted] + "l" + text[shifted + 1:], code, code.lower(), code.replace("-", ""),
            code.replace("-", " "), code.replace("-", "\u2011"),
        ],
        "refused": [
            {"presented": presented, "refusal": refusal}
            for refusal, texts in [
                ("token-malformed", malformed), ("token-forged", forged),
                ("code-mistyped", [near, code[:-1], code + "0", "0000-0000-0000"]),
            ]
            for presented in texts
        ],
    }


def read(key):
    for line in sys.stdin:
        token = bytes.fromhex(line)
        key.verify(token[16:], b"carnet/voucher/v1\x00" + token[:16])
        ends = [0, 1, 2, 6, 7, 9, 16]
        parts = [int.from_bytes(token[a:b], "big") for a, b in zip(ends, ends[1:])]
        print(*parts[:-1], code_text(parts[-1]))


if len(sys.argv) == 3 and sys.argv[1] == "read":
    read(Ed25519PublicKey.from_public_bytes(bytes.fromhex(sys.argv[2])))
else:
    print(json.dumps(golden(), indent=2))
