"""A DNS server on loopback for tests: answers from a file that is read anew for every question.

usage: names.py PORT FILE      lines of the file:  A name address  or  SRV name port target
"""
import socket
import struct
import sys


def name(text):
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"


def record(kind, owner, data):
    return name(owner) + struct.pack(">HHIH", kind, 1, 1, len(data)) + data


def records(path, wanted, kind):
    answers, additional = [], []
    for line in open(path):
        words = line.split()
        if words[0] == "A" and kind == 1 and words[1] == wanted:
            answers.append(record(1, words[1], socket.inet_aton(words[2])))
        if words[0] == "A" and kind == 33:
            additional.append(record(1, words[1], socket.inet_aton(words[2])))
        if words[0] == "SRV" and kind == 33 and words[1] == wanted:
            answers.append(record(33, words[1], struct.pack(">HHH", 0, 0, int(words[2])) + name(words[3])))
    return answers, additional


def answer(path, query):
    labels, place = [], 12
    while query[place]:
        labels.append(query[place + 1 : place + 1 + query[place]].decode())
        place += 1 + query[place]
    kind = struct.unpack(">H", query[place + 1 : place + 3])[0]
    found, additional = records(path, ".".join(labels), kind)
    head = query[:2] + struct.pack(">HHHHH", 0x8580, 1, len(found), 0, len(additional))
    return head + query[12 : place + 5] + b"".join(found + additional)


def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", int(sys.argv[1])))
    while True:
        query, client = server.recvfrom(4096)
        try:
            server.sendto(answer(sys.argv[2], query), client)
        except (IndexError, struct.error, UnicodeDecodeError) as error:
            print("a question that is none:", error, flush=True)


main()
