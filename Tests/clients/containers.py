"""Holds docker/*.yaml and docker/Dockerfile against each other and against what Apus takes: `containers.py FOLDER`."""
import json
import re
import sys

import yaml

folder = sys.argv[1]
failures = []


def expect(condition, text):
    if not condition:
        failures.append(text)


class StrictLoader(yaml.SafeLoader):
    """A key that stands twice in a map is a mistake."""

    def construct_mapping(self, node, deep=False):
        keys = [key.value for key, _ in node.value]
        expect(len(keys) == len(set(keys)), f"a key stands twice in {keys}")
        return super().construct_mapping(node, deep)


def documents(name):
    with open(f"{folder}/{name}") as file:
        return list(yaml.load_all(file, StrictLoader))


def options(words, where):
    """The directives of a command line; all values are text, as a program gets them."""
    expect(all(isinstance(word, str) for word in words), f"{where}: what is no text in {words}")
    expect(len(words) % 2 == 0 and all(word.startswith("--") for word in words[::2]), f"{where}: {words}")
    return dict(zip(words[::2], words[1::2]))


def check_options(found, nodes, where):
    expect(found.get("--cluster-enabled") == "yes", f"{where}: no cluster")
    expect(re.fullmatch(r"dns:apus:6379", found.get("--cluster-join", "")), f"{where}: {found.get('--cluster-join')}")
    shards, replicas = int(found["--cluster-shards"]), int(found["--cluster-replicas"])
    expect(shards * (1 + replicas) == nodes, f"{where}: {nodes} nodes for {shards} shards with {replicas} replicas")
    expect(found.get("--shutdown-on-sigterm") == "failover", f"{where}: no hand-over at the end")


def check_dockerfile():
    with open(f"{folder}/Dockerfile") as file:
        lines = [line.split(None, 1) for line in file if line.strip() and not line.startswith("#")]
    stages = [rest for word, rest in lines if word == "FROM"]
    expect(len(stages) == 2 and "AS build" in stages[0], f"Dockerfile: stages {stages}")
    words = {word: rest.strip() for word, rest in lines}
    expect(words["USER"] == "999:999", "Dockerfile: runs as " + words["USER"])
    expect(words["EXPOSE"].split() == ["6379", "16379"], "Dockerfile: ports " + words["EXPOSE"])
    entry = json.loads(words["ENTRYPOINT"])
    expect(entry[:2] == ["/usr/bin/apus", "server"], f"Dockerfile: starts {entry}")
    options(entry[2:], "Dockerfile")
    health = json.loads(words["HEALTHCHECK"].split("CMD", 1)[1])
    expect(health == ["/usr/bin/apus", "health"], f"Dockerfile: health check {health}")


def check_compose():
    (compose,) = documents("compose.yaml")
    (name, service), = compose["services"].items()
    expect(name == "apus", "compose: the service is the name that nodes look up")
    check_options(options(service["command"], "compose"), service["deploy"]["replicas"], "compose")
    expect(service["build"] == {"context": "..", "dockerfile": "docker/Dockerfile"}, "compose: build")
    expect(service["healthcheck"]["test"] == ["CMD", "/usr/bin/apus", "health"], "compose: health check")
    expect("/data" in service["volumes"], "compose: no place for data")


def check_kubernetes():
    found = {}
    for document in documents("kubernetes.yaml"):
        expect(all(document.get(field) for field in ("apiVersion", "kind", "metadata", "spec")), f"{document}")
        found[document["kind"], document["metadata"]["name"]] = document["spec"]
    states, headless = found["StatefulSet", "apus"], found["Service", "apus"]
    pod = states["template"]
    labels = pod["metadata"]["labels"]
    budget = found["PodDisruptionBudget", "apus"]
    for spec in (headless["selector"], found["Service", "apus-client"]["selector"], states["selector"]["matchLabels"],
                 budget["selector"]["matchLabels"]):
        expect(spec == labels, f"kubernetes: {spec} selects no pod")
    expect(budget["maxUnavailable"] == 1, "kubernetes: disruption budget")
    expect(headless["clusterIP"] == "None" and headless["publishNotReadyAddresses"], "kubernetes: headless service")
    expect(states["serviceName"] == "apus" and states["podManagementPolicy"] == "Parallel", "kubernetes: pods")
    (container,) = pod["spec"]["containers"]
    check_options(options(container["args"], "kubernetes"), states["replicas"], "kubernetes")
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    expect(ports == {"client": 6379, "bus": 16379}, f"kubernetes: ports {ports}")
    for service in (headless, found["Service", "apus-client"]):
        expect(all(port["targetPort"] in ports for port in service["ports"]), "kubernetes: ports of services")
    for probe, command in (("startupProbe", []), ("livenessProbe", []), ("readinessProbe", ["--ready"])):
        expect(container[probe]["exec"]["command"] == ["/usr/bin/apus", "health"] + command, f"kubernetes: {probe}")
    expect(pod["spec"]["securityContext"]["runAsNonRoot"], "kubernetes: root")
    expect(pod["spec"]["terminationGracePeriodSeconds"] >= 30, "kubernetes: no time to hand over")
    volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
    volumes |= {claim["metadata"]["name"] for claim in states["volumeClaimTemplates"]}
    expect({mount["name"] for mount in container["volumeMounts"]} == volumes, "kubernetes: volumes")


check_dockerfile()
check_compose()
check_kubernetes()
for failure in failures:
    print(failure)
print("OK" if not failures else "FAILED")
sys.exit(1 if failures else 0)
