import Gossip
import Primitives
import Testing

@testable import Forming

/// Where nodes find each other.
@Suite struct LookupTests {
    private func place(_ text: String) -> JoinSource.HostPort { JoinSource.HostPort(text)! }

    @Test func sourcesAreRead() throws {
        let sources = try JoinSource.parse(
            "static:10.0.0.1:7000,node-2:7001,[::1]:7002 dns:apus.example dns:apus:7000 dns:_client._tcp.apus "
                + "etcd:http://10.0.0.9/clusters/one consul:http://localhost:8501/cache")
        #expect(
            sources == [
                .list([place("10.0.0.1:7000"), place("node-2:7001"), place("[::1]:7002")]),
                .name("apus.example", port: nil), .name("apus", port: 7000), .services("_client._tcp.apus"),
                .etcd(place("10.0.0.9:2379"), prefix: "clusters/one/"),
                .consul(place("localhost:8501"), service: "cache"),
            ])
    }

    @Test(
        arguments: [
            "static:", "static:a", "static:a:0", "static:a:1,", "dns:", "dns:a b:c", "dns:a:x", "etcd:http://a",
            "etcd:https://a/b", "consul:http://a/b/c", "consul:http://a/", "ftp:a", "nothing", "static:a\"b:1",
        ])
    func whatIsNoSourceIsRefused(_ text: String) {
        #expect(throws: JoinSourceError.self) { try JoinSource.parse(text) }
    }

    // MARK: JSON

    @Test func jsonIsRead() {
        let text = #" {"a":[1,-2.5e3,"x\n\u00e9\ud83d\ude00",true,false,null,{}],"b":"7"} "#
        let value = JSONValue(Array(text.utf8))
        #expect(value?["a"]?.elements.count == 7)
        #expect(value?["a"]?.elements[2].string == "x\né😀")
        #expect(value?["b"]?.integer == 7)
    }

    @Test func jsonThatMakesNoSenseIsRefused() {
        for text in ["", "{", "[1,]", #"{"a" 1}"#, #""\ud800""#, #""\x""#, "1 2", "tru", "\"a\nb\"", "nan", "+"] {
            #expect(JSONValue(Array(text.utf8)) == nil, "\(text)")
        }
        #expect(JSONValue(Array(String(repeating: "[", count: 100_000).utf8)) == nil)
        let whole = Array(#"{"kvs":[{"key":"YQ==","value":"MTI3LjAuMC4xOjcwMDA="}],"count":"1"}"#.utf8)
        for length in 0..<whole.count { #expect(JSONValue(Array(whole[..<length])) == nil) }
    }

    @Test func base64GoesBothWays() {
        for (plain, text) in [("", ""), ("a", "YQ=="), ("ab", "YWI="), ("abc", "YWJj"), ("abcd", "YWJjZA==")] {
            #expect(base64(plain) == text)
            #expect(unbase64(text) == Array(plain.utf8))
        }
        #expect(unbase64("a b") == nil)
    }

    // MARK: DNS

    private func name(_ text: String) -> [UInt8] {
        text.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) } + [0]
    }

    /// Two services and the address of one host, the latter by a pointer into the question.
    private var answer: [UInt8] {
        let question = name("_c._tcp.apus")
        var bytes: [UInt8] = [0, 1, 0x84, 0, 0, 1, 0, 2, 0, 0, 0, 1] + question + [0, 33, 0, 1]
        for (port, host) in [(7000, "a.apus"), (7001, "b.apus")] {
            let target = name(host)
            bytes += [0xC0, 12, 0, 33, 0, 1, 0, 0, 0, 5, 0, UInt8(6 + target.count), 0, 0, 0, 0]
            bytes += [UInt8(port >> 8), UInt8(port & 255)] + target
        }
        return bytes + name("A.apus") + [0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 7]
    }

    @Test func anAnswerOfDNSIsRead() throws {
        let answer = try #require(DNSAnswer(answer))
        #expect(answer.services.map(\.port) == [7000, 7001])
        #expect(answer.services.map(\.host) == ["a.apus", "b.apus"])
        #expect(answer.addresses(of: "a.apus") == ["10.0.0.7"])
        #expect(answer.addresses(of: "b.apus") == [])
    }

    @Test func hostileAnswersOfDNSDoNoHarm() {
        let whole = answer
        for length in 0..<whole.count { #expect(DNSAnswer(Array(whole[..<length])) == nil) }
        var random = RandomSource(seed: 2)
        for _ in 0..<5000 {
            var broken = whole
            for _ in 0..<3 {
                broken[Int.random(in: 0..<whole.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = DNSAnswer(broken)
        }
        // A name that points at itself.
        #expect(DNSAnswer([0, 1, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1]) == nil)
    }

    // MARK: HTTP

    @Test func aResponseIsReadWhereverItIsCut() {
        let request = HTTPRequest(place("127.0.0.1:2379"), "POST", "/v3/kv/range", "{}")
        for text in [
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        ] {
            let bytes = Array(text.utf8)
            for cut in 0..<bytes.count {
                let exchange = HTTPExchange(request)
                #expect(exchange.receive(Array(bytes[..<cut])))
                #expect(!exchange.receive(Array(bytes[cut...])))
                #expect(exchange.response == HTTPResponse(status: 200, body: Array("hello".utf8)))
            }
        }
        let output = String(decoding: HTTPExchange(request).output, as: UTF8.self)
        #expect(output.hasPrefix("POST /v3/kv/range HTTP/1.1\r\n"))
        #expect(output.contains("Host: 127.0.0.1:2379\r\n") && output.hasSuffix("\r\n\r\n{}"))
    }

    @Test func aResponseWithoutLengthEndsWithItsConnection() {
        let exchange = HTTPExchange(HTTPRequest(place("a:80"), "GET", "/"))
        #expect(exchange.receive(Array("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\nno".utf8)))
        #expect(exchange.response == nil)
        exchange.receiveEnd()
        #expect(exchange.response == HTTPResponse(status: 404, body: Array("no".utf8)))
    }

    @Test func whatIsNoResponseIsRefused() {
        let exchange = HTTPExchange(HTTPRequest(place("a:80"), "GET", "/"))
        #expect(!exchange.receive(Array("SSH-2.0-OpenSSH\r\n\r\n".utf8)))
        #expect(exchange.response == nil)
    }

    // MARK: Registries

    private var name: NodeName {
        var random = RandomSource(seed: 1)
        return NodeName(random: &random)
    }
    private let own = FormingAddress(host: "10.0.0.1", port: 7000)!

    private func good(_ text: String) -> HTTPResponse { HTTPResponse(status: 200, body: Array(text.utf8)) }

    @Test func etcdIsAskedForALeaseAnEntryAndAllEntries() {
        var registry = EtcdRegistry(place("e:2379"), prefix: "c/", name: name, own: own)
        #expect(registry.next(now: 0)?.path == "/v3/lease/grant")
        registry.receive(good(#"{"ID":"77","TTL":"15"}"#), now: 0)
        let entry = registry.next(now: 0)
        #expect(entry?.path == "/v3/kv/put")
        #expect(entry?.body.contains(#""lease":"77""#) == true && entry?.body.contains(base64("10.0.0.1:7000")) == true)
        registry.receive(good("{}"), now: 0)
        #expect(registry.next(now: 0)?.body == #"{"key":"Yy8=","range_end":"YzA="}"#)
        registry.receive(good(#"{"kvs":[{"key":"x","value":"MTAuMC4wLjI6NzAwMQ=="},{"value":"!"}]}"#), now: 0)
        #expect(registry.next(now: 0) == nil)
        #expect(registry.found == [FormingAddress(host: "10.0.0.2", port: 7001)!])
        // The lease is kept alive in time.
        #expect(registry.next(now: 1000)?.path == "/v3/kv/range")
        registry.receive(good("{}"), now: 1000)
        #expect(registry.next(now: 1000) == nil)
        #expect(registry.next(now: 6000)?.path == "/v3/lease/keepalive")
        // It has ended all the same: the node enters itself anew.
        registry.receive(good(#"{"result":{"ID":"77"}}"#), now: 6000)
        #expect(registry.next(now: 6000)?.path == "/v3/lease/grant")
        registry.receive(nil, now: 6000)
        #expect(registry.next(now: 6000) == nil)
        #expect(registry.failure != nil && registry.found == nil)
        #expect(registry.leave() == nil)
    }

    @Test func etcdIsToldWhenANodeLeaves() {
        var registry = EtcdRegistry(place("e:2379"), prefix: "c/", name: name, own: own)
        _ = registry.next(now: 0)
        registry.receive(good(#"{"ID":"77"}"#), now: 0)
        #expect(registry.leave()?.body == #"{"ID":"77"}"#)
    }

    @Test func consulIsToldOfTheServiceAndItsHealth() {
        var registry = ConsulRegistry(place("c:8500"), service: "cache", name: name, own: own)
        let entry = registry.next(now: 0)
        #expect(entry?.method == "PUT" && entry?.path == "/v1/agent/service/register")
        let body = entry.flatMap { JSONValue(Array($0.body.utf8)) }
        #expect(body?["Name"]?.string == "cache" && body?["Port"]?.integer == 7000)
        #expect(body?["Check"]?["TTL"]?.string == "15s")
        registry.receive(good(""), now: 0)
        #expect(registry.next(now: 0)?.path == "/v1/health/service/cache?passing=true")
        registry.receive(
            good(
                #"[{"Node":{"Address":"10.0.0.3"},"Service":{"Address":"","Port":7002}},{"Service":{"Address":"10.0.0.4","Port":7003}}]"#
            ), now: 0)
        #expect(registry.found?.map(\.description) == ["10.0.0.3:7002", "10.0.0.4:7003"])
        #expect(registry.next(now: 0) == nil)
        #expect(registry.next(now: 5000)?.path == "/v1/agent/check/pass/service:cache-\(name)")
        // An agent that has begun anew knows nobody.
        registry.receive(HTTPResponse(status: 404, body: []), now: 5000)
        #expect(registry.next(now: 5000) == nil)
        #expect(registry.next(now: 5000)?.path == "/v1/agent/service/register")
        registry.receive(good(""), now: 5000)
        #expect(registry.leave()?.path == "/v1/agent/service/deregister/cache-\(name)")
    }
}
