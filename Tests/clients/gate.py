"""Stands between the nodes of a cluster, and between them and their clients, and cuts some of them off.

usage: gate.py CONTROL-PORT NODE...       a NODE is client-gate:client-port:bus-gate:bus-port

Who connects to a gate is passed on to the node's port. On the control port it takes lines and answers +OK:

    NAME index node-name    which node has this name: only so it is known who has opened a connection of the bus
    CUT index               nothing passes to this node, or from it, any more; connections stay, as with a cable that is pulled
    HEAL                    everything passes, what was held back too
"""

import asyncio
import sys

names = {}
severed = set()
changed = asyncio.Condition()


class Wire:
    """A connection through a gate."""

    def __init__(self, target):
        self.target = target
        self.source = None

    def is_cut(self):
        return self.target in severed or self.source in severed

    async def wait(self):
        async with changed:
            await changed.wait_for(lambda: not self.is_cut())


async def pump(wire, reader, writer, first=b""):
    data = first
    try:
        while True:
            data = data or await reader.read(65536)
            await wire.wait()
            if not data:
                break
            writer.write(data)
            await writer.drain()
            data = b""
    except OSError:
        pass
    writer.close()


async def accept(reader, writer, target, port, is_bus):
    wire = Wire(target)
    first = b""
    try:
        if is_bus:
            # The sender's name stands in the header of each message.
            first = await reader.readexactly(80)
            wire.source = names.get(first[40:80])
        await wire.wait()
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, asyncio.IncompleteReadError):
        writer.close()
        return
    await asyncio.gather(pump(wire, reader, other_writer, first), pump(wire, other_reader, writer))


async def control(reader, writer):
    while line := (await reader.readline()).decode().split():
        async with changed:
            if line[0] == "NAME":
                names[line[2].encode()] = int(line[1])
            elif line[0] == "CUT":
                severed.add(int(line[1]))
            elif line[0] == "HEAL":
                severed.clear()
            changed.notify_all()
        writer.write(b"+OK\r\n")
        await writer.drain()


def gate(index, port, is_bus):
    return lambda reader, writer: accept(reader, writer, index, port, is_bus)


async def main():
    for index, node in enumerate(sys.argv[2:]):
        client_gate, client_port, bus_gate, bus_port = map(int, node.split(":"))
        await asyncio.start_server(gate(index, client_port, False), "127.0.0.1", client_gate)
        await asyncio.start_server(gate(index, bus_port, True), "127.0.0.1", bus_gate)
    server = await asyncio.start_server(control, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
