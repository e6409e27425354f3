/// What moves the page. It asks for `/api/status` once a second.
let pageScript = #"""
    "use strict";
    // Asks once a second, keeps five minutes, and draws. Nothing that comes from outside becomes markup: it is text.
    (() => {
      const period = 1000, kept = 300;
      const $ = id => document.getElementById(id);
      const svgSpace = "http://www.w3.org/2000/svg";

      // Elements: make("td.long", text, child, …) and draw("path", { d: … }).
      function make(what, ...children) {
        const [tag, ...classes] = what.split(".");
        const element = document.createElement(tag);
        if (classes.length) element.className = classes.join(" ");
        element.append(...children.filter(child => child !== null && child !== undefined));
        return element;
      }
      function draw(tag, attributes, ...children) {
        const element = document.createElementNS(svgSpace, tag);
        for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
        element.append(...children);
        return element;
      }

      // Text of numbers.
      function scaled(value, base, units) {
        let index = 0;
        while (Math.abs(value) >= base && index < units.length - 1) { value /= base; index++; }
        const digits = index === 0 && Number.isInteger(value) ? 0 : Math.abs(value) < 10 ? 2 : Math.abs(value) < 100 ? 1 : 0;
        return value.toFixed(digits) + units[index];
      }
      const count = value => scaled(value, 1000, ["", " k", " M", " G", " T"]);
      const bytes = value => scaled(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB"]);
      const micros = value => value === null ? "–" : scaled(value, 1000, [" µs", " ms", " s"]);
      const percent = value => value === null ? "–" : (value * 100).toFixed(1) + " %";
      function span(seconds) {
        if (seconds < 120) return Math.max(0, Math.round(seconds)) + " s";
        if (seconds < 7200) return Math.round(seconds / 60) + " min";
        return seconds < 172800 ? Math.round(seconds / 3600) + " h" : Math.round(seconds / 86400) + " d";
      }
      const clock = milliseconds => new Date(milliseconds).toLocaleTimeString([], { hour12: false });
      const short = name => name.slice(0, 8);

      // What has been seen: one sample a second.
      let history = [], previous = null, chosen = "", updates = 0, failures = 0;

      function chosenNodes(status) {
        return status.nodes.filter(node => chosen === "" || String(node.port) === chosen);
      }
      function sum(nodes, value) { return nodes.reduce((total, node) => total + value(node), 0); }

      // The rates between two looks; null where a counter was set back.
      function sample(before, now) {
        const result = { time: now.nodes.length ? now.nodes[0].time : Date.now() };
        const nodes = chosenNodes(now);
        result.memory = sum(nodes, node => node.memory.used);
        result.limit = sum(nodes, node => node.memory.limit);
        result.clients = sum(nodes, node => node.clients.connected);
        result.blocked = sum(nodes, node => node.clients.blocked);
        const pairs = nodes.map(node => [before && before.nodes.find(old => old.port === node.port), node])
          .filter(([old, node]) => old && node.time > old.time && node.startedAt === old.startedAt);
        const rate = value => pairs.reduce((total, [old, node]) =>
          total + Math.max(0, value(node) - value(old)) / ((node.time - old.time) / 1000), 0);
        result.known = pairs.length > 0;
        result.operations = rate(node => node.commandsProcessed);
        result.errors = rate(node => node.errorReplies);
        result.input = rate(node => node.inputBytes);
        result.output = rate(node => node.outputBytes);
        result.busy = pairs.length ? rate(node => node.busySeconds) / pairs.length : null;
        result.expired = rate(node => node.expired);
        result.evicted = rate(node => node.evicted);
        const hits = rate(node => node.hits), misses = rate(node => node.misses);
        result.hitRatio = hits + misses > 0 ? hits / (hits + misses) : null;
        Object.assign(result, latencies(pairs, now.latencyBoundsMicroseconds));
        return result;
      }

      // Percentiles from what histograms have grown by.
      function latencies(pairs, bounds) {
        const grown = bounds.map((_, index) => pairs.reduce((total, [old, node]) =>
          total + Math.max(0, node.latency.upTo[index] - old.latency.upTo[index]), 0));
        const total = pairs.reduce((all, [old, node]) => all + Math.max(0, node.latency.total - old.latency.total), 0);
        const at = share => {
          if (total <= 0) return null;
          const wanted = total * share;
          const index = grown.findIndex(seen => seen >= wanted);
          if (index < 0) return bounds[bounds.length - 1];
          const below = index === 0 ? 0 : grown[index - 1], low = index === 0 ? 0 : bounds[index - 1];
          return low + (bounds[index] - low) * (wanted - below) / Math.max(1, grown[index] - below);
        };
        return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
      }

      // Charts.
      const palette = ["var(--accent)", "var(--good)", "var(--warn)", "var(--bad)"];
      const charts = [
        { title: "Operations per second", text: count, lines: [["operations", "ops"], ["errors", "errors"]] },
        { title: "Hit ratio", text: percent, lines: [["hitRatio", "of look-ups"]], most: 1 },
        { title: "Latency of commands", text: micros, lines: [["p50", "p50"], ["p99", "p99"], ["p999", "p99.9"]], isLogarithmic: true },
        { title: "Memory in use", text: bytes, lines: [["memory", "used"]], limit: "limit" },
        { title: "Network", text: value => bytes(value) + "/s", lines: [["input", "in"], ["output", "out"]] },
        { title: "Clients", text: count, lines: [["clients", "clients"], ["blocked", "waiting"]] },
      ];

      function buildCharts() {
        for (const chart of charts) {
          chart.now = make("div.now");
          chart.picture = draw("svg", { viewBox: "0 0 400 120", preserveAspectRatio: "none" });
          $("charts").append(make("div.card.chart", make("h2", chart.title), chart.now, chart.picture));
          chart.picture.addEventListener("mousemove", event => {
            const box = chart.picture.getBoundingClientRect();
            chart.hover = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
            drawChart(chart);
          });
          chart.picture.addEventListener("mouseleave", () => { chart.hover = null; drawChart(chart); });
        }
      }

      function drawChart(chart) {
        const points = history.filter(point => point.known);
        // A minute at first, and more as it goes by.
        const width = Math.min(kept, Math.max(60, points.length)) - 1;
        const place = index => 400 - (points.length - 1 - index) * (400 / width);
        let index = points.length - 1;
        if (chart.hover !== null && chart.hover !== undefined && index >= 0) {
          index = Math.max(0, Math.round(points.length - 1 - (1 - chart.hover) * width));
        }
        const point = points[index];
        chart.now.replaceChildren(...chart.lines.flatMap(([key, name], number) => {
          const value = point && point[key] !== null ? chart.text(point[key]) : "–";
          const mark = make("i");
          mark.style.background = palette[number];
          return number === 0 ? [value, make("small", mark, name)] : [make("small", mark, name + " " + value)];
        }));
        const values = points.flatMap(each => chart.lines.map(([key]) => each[key])).filter(value => value !== null);
        let top = chart.most || Math.max(...values, 0) * 1.1 || 1;
        // Percentiles lie far apart: each decade is given as much room.
        const share = value => chart.isLogarithmic ? Math.log10(1 + value) / Math.log10(1 + top) : value / top;
        const height = value => 116 - Math.min(1, share(value)) * 110;
        const shapes = [61, 6].map(y =>
          draw("line", { x1: 0, x2: 400, y1: y, y2: y, "vector-effect": "non-scaling-stroke" }));
        if (chart.limit && point && point[chart.limit] > 0 && point[chart.limit] <= top) {
          const at = height(point[chart.limit]);
          shapes.push(draw("line", { x1: 0, x2: 400, y1: at, y2: at, stroke: "var(--bad)", "stroke-dasharray": "4 4" }));
        }
        chart.lines.forEach(([key], number) => {
          let path = "", isDrawing = false, first = null, last = null;
          points.forEach((each, at) => {
            if (each[key] === null) { isDrawing = false; return; }
            path += (isDrawing ? "L" : "M") + place(at).toFixed(1) + " " + height(each[key]).toFixed(1);
            if (first === null) first = place(at);
            last = place(at);
            isDrawing = true;
          });
          if (!path) return;
          if (number === 0 && !path.slice(1).includes("M")) {
            shapes.push(draw("path", { d: path + `L${last} 116L${first} 116Z`, fill: palette[0], opacity: 0.12 }));
          }
          shapes.push(draw("path", {
            d: path, fill: "none", stroke: palette[number], "stroke-width": 1.6, "vector-effect": "non-scaling-stroke",
          }));
        });
        if (chart.hover !== null && chart.hover !== undefined && point) {
          shapes.push(draw("line", { x1: place(index), x2: place(index), y1: 6, y2: 116, "vector-effect": "non-scaling-stroke" }));
        }
        chart.picture.replaceChildren(...shapes);
      }

      // The cluster.
      const hue = index => `hsl(${(210 + index * 137.5) % 360} 62% 52%)`;

      // Shards in the order of their slots, so that a failover changes no colour.
      function shardsOf(cluster) {
        const shards = new Map();
        for (const member of cluster.members) {
          // A node that says nothing of shards is in that of its primary.
          const primary = cluster.members.find(each => each.name === member.primary);
          const key = (primary || member).shard;
          if (!shards.has(key)) shards.set(key, []);
          shards.get(key).push(member);
        }
        const first = members => Math.min(...members.flatMap(member => member.slots.map(range => range[0])), 99999);
        const sorted = [...shards.values()].sort((left, right) =>
          first(left) - first(right) || (left[0].name < right[0].name ? -1 : 1));
        return sorted.map((members, index) => {
          members.sort((left, right) => right.slotCount - left.slotCount || right.isPrimary - left.isPrimary
            || (left.name < right.name ? -1 : 1));
          return { members, color: hue(index), slots: members.reduce((all, member) => all + member.slotCount, 0) };
        });
      }

      function arc(from, to, radius, width, attributes) {
        const angle = slot => slot / 16384 * 2 * Math.PI - Math.PI / 2;
        const at = (slot, distance) => [Math.cos(angle(slot)) * distance, Math.sin(angle(slot)) * distance].map(x => x.toFixed(2));
        const end = Math.min(to, from + 16383.5), isLarge = end - from > 8192 ? 1 : 0;
        const inner = radius - width;
        const d = `M${at(from, radius)}A${radius} ${radius} 0 ${isLarge} 1 ${at(end, radius)}`
          + `L${at(end, inner)}A${inner} ${inner} 0 ${isLarge} 0 ${at(from, inner)}Z`;
        return draw("path", { d, ...attributes });
      }

      function drawRing(cluster, shards, migrations) {
        const shapes = [arc(0, 16384, 104, 22, { fill: "var(--empty)" })];
        const colors = new Map();
        for (const shard of shards) {
          for (const member of shard.members) {
            colors.set(member.name, shard.color);
            const isDown = member.state === "failed" || member.state === "suspected";
            for (const [low, high] of member.slots) {
              const path = arc(low, high + 1, 104, 22, { fill: isDown ? "var(--bad)" : shard.color, stroke: "var(--card)", "stroke-width": 1 });
              path.append(draw("title", {}, `${low}–${high}: ${title(member)}${isDown ? ", " + member.state : ""}`));
              shapes.push(path);
            }
          }
        }
        for (const migration of migrations) {
          for (const range of migration.slots.split(" ")) {
            const [low, high] = range.split("-").map(Number);
            shapes.push(arc(low, high + 1, 80, 6, { fill: colors.get(migration.target) || "var(--accent)", class: "moving" }));
          }
        }
        for (const move of cluster.moving) {
          shapes.push(arc(move.slot, move.slot + 1, 80, 6, { fill: colors.get(move.to) || "var(--accent)", class: "moving" }));
        }
        shapes.push(draw("text", { class: "count", y: 2 }, percent(cluster.slotsOk / 16384).replace(".0", "")));
        shapes.push(draw("text", { class: "label", y: 18 }, cluster.slotsAssigned === 16384 ? "of slots served" : `${cluster.slotsAssigned} of 16384 assigned`));
        $("ring").replaceChildren(...shapes);
      }

      const title = member => member.humanName || (member.hostname || member.host || "?") + ":" + member.port;

      function memberRow(member, shard, cluster) {
        const primary = shard.members.find(each => each.name === member.primary);
        const behind = primary && primary.offset > 0 ? Math.max(0, primary.offset - member.offset) : 0;
        const state = member.state !== "ok" ? member.state : !member.isConnected ? "cut" : "ok";
        const row = make(member.isPrimary ? "div.member" : "div.member.replica",
          make("span.dot." + state), make("b", title(member)),
          member.name === cluster.me ? make("span.here", "this one") : null,
          make("span.role", state === "cut" ? "no link" : state !== "ok" ? state : behind > 0 ? bytes(behind) + " behind"
            : member.isPrimary ? "primary" : "replica"));
        row.title = `${member.name}\nepoch ${member.epoch}, offset ${member.offset}`;
        row.dataset.member = member.name;
        row.dataset.role = member.isPrimary ? "primary" : "replica";
        row.dataset.state = state;
        return row;
      }

      function showCluster(status) {
        const cluster = status.cluster;
        $("cluster").hidden = !cluster;
        if (!cluster) return;
        const migrations = status.nodes.flatMap(node => node.migrations);
        const active = migrations.filter(migration => !migration.isOver);
        const shards = shardsOf(cluster);
        $("cluster-facts").textContent = `${cluster.isUp ? "whole" : "not whole"} · ${cluster.size} shards with slots · ${cluster.members.length} nodes · epoch ${cluster.epoch}`;
        drawRing(cluster, shards, active);
        $("shards").replaceChildren(...shards.map(shard => {
          const box = make("div.shard", ...shard.members.map(member => memberRow(member, shard, cluster)),
            make("div.quiet.slots", shard.slots ? `${shard.slots} slots` : "no slots"));
          box.style.setProperty("--shard", shard.slots ? shard.color : "var(--empty)");
          return box;
        }));
        const name = id => { const member = cluster.members.find(each => each.name === id); return member ? title(member) : short(id); };
        const rows = active.map(migration => {
          const fill = make("i");
          fill.style.width = (migration.allKeys ? Math.min(100, migration.keys * 100 / migration.allKeys) : 0) + "%";
          return make("div.migration", `Slots ${migration.slots}: ${name(migration.source)} → ${name(migration.target)} `,
            make("span.quiet", `${migration.state}, ${count(migration.keys)} of ${count(migration.allKeys)} keys, ${bytes(migration.bytes)}`), make("div.bar", fill));
        });
        if (cluster.moving.length) {
          const move = cluster.moving[0];
          rows.push(make("div.migration", `${cluster.moving.length} slots move key by key `, make("span.quiet", `first ${move.slot}: ${name(move.from)} → ${name(move.to)}`)));
        }
        $("migrations").replaceChildren(...rows);
      }

      // A node and its replicas, where there is no cluster.
      function showPair(status) {
        const node = status.nodes[0];
        const isShown = !status.cluster && node && (node.primary || node.replicas.length > 0);
        $("pair").hidden = !isShown;
        if (!isShown) return;
        const box = (state, name, facts) => make("div.shard", make("div.member", make("span.dot." + state), make("b", name), make("span.role", facts)));
        const rows = [];
        if (node.primary) rows.push(box(node.primary.isUp ? "ok" : "failed", node.primary.address, node.primary.isUp ? "primary" : "primary, link " + node.primary.state));
        rows.push(box("ok", "port " + node.port, "this one, " + node.role));
        for (const replica of node.replicas) {
          rows.push(box(replica.state === "online" ? "ok" : "behind", replica.address, `replica, ${replica.state}, ${bytes(replica.lagBytes)} behind`));
        }
        $("pair-facts").textContent = `offset ${node.offset}`;
        $("pair-nodes").replaceChildren(...rows);
      }

      // Tables.
      function table(id, heads, rows, none) {
        const head = make("tr", ...heads.map(([text, kind]) => make(kind ? "th." + kind : "th", text)));
        const lines = rows.map(row => make("tr", ...row.map((cell, index) => {
          const kind = heads[index][1];
          return make(kind ? "td." + kind : "td", cell);
        })));
        if (!lines.length) { $(id).replaceChildren(make("tr", make("td.quiet", none))); return; }
        $(id).replaceChildren(head, ...lines);
      }

      function showCommands(status, before) {
        const rates = new Map();
        for (const node of chosenNodes(status)) {
          const old = before && before.nodes.find(each => each.port === node.port && each.startedAt === node.startedAt);
          const seconds = old && node.time > old.time ? (node.time - old.time) / 1000 : 0;
          for (const command of node.commands) {
            const last = old && old.commands.find(each => each.name === command.name);
            const entry = rates.get(command.name) || { calls: 0, failed: 0, seconds: 0, rate: 0, recent: 0 };
            entry.calls += command.calls;
            entry.failed += command.failed + command.rejected;
            entry.seconds += command.seconds;
            if (seconds) {
              entry.rate += Math.max(0, command.calls - (last ? last.calls : 0)) / seconds;
              entry.recent += Math.max(0, command.seconds - (last ? last.seconds : 0)) / seconds;
            }
            rates.set(command.name, entry);
          }
        }
        const rows = [...rates].sort((left, right) => right[1].rate - left[1].rate || right[1].calls - left[1].calls).slice(0, 24);
        table("commands", [["command"], ["per second", "number"], ["load", "number"], ["calls", "number"], ["mean", "number"], ["errors", "number"]],
          rows.map(([name, entry]) => [name.replace("|", " "), count(entry.rate), percent(entry.recent), count(entry.calls),
            micros(entry.calls ? entry.seconds * 1e6 / entry.calls : 0), count(entry.failed)]), "no command has run");
      }

      const blank = text => /[\s"']/.test(text) || text === "" ? JSON.stringify(text) : text;

      function showDetails(status) {
        const nodes = chosenNodes(status);
        const several = status.nodes.length > 1;
        const slow = nodes.flatMap(node => (node.slowLog || []).map(entry => ({ ...entry, port: node.port })));
        slow.sort((left, right) => right.time - left.time || right.id - left.id);
        table("slow", [["when"], ["took", "number"], ["command", "long"], ["client"]],
          slow.slice(0, 32).map(entry => [clock(entry.time), micros(entry.microseconds), entry.arguments.map(blank).join(" "), entry.client]),
          nodes.some(node => node.slowLog === null) ? "SLOWLOG GET is not allowed to you" : "nothing was slow");
        const clients = nodes.flatMap(node => (node.clientList || []).map(client => ({ ...client, port: node.port })));
        $("client-facts").textContent = sum(nodes, node => node.clients.connected) + " connected";
        table("clients", [["from"], ["name"], ["user"], ["command"], ["idle", "number"], ["age", "number"], ["memory", "number"], ["calls", "number"]],
          clients.map(client => [client.address + (several ? " → " + client.port : ""), client.name, client.user, client.command.replace("|", " "),
            span(client.idle), span(client.age), bytes(client.memory), count(client.commands)]),
          nodes.some(node => node.clientList === null) ? "CLIENT LIST is not allowed to you" : "nobody is connected");
        const hot = nodes.flatMap(node => node.hotKeys ? node.hotKeys.byTime.map(key => [key.key, micros(key.cost), "time"])
          .concat(node.hotKeys.byTraffic.map(key => [key.key, bytes(key.cost), "traffic"])) : []);
        table("hot", [["key", "long"], ["cost", "number"], ["by"]], hot,
          nodes.some(node => node.hotKeys === null) ? "HOTKEYS GET is not allowed to you" : "no key was used of late");
        const big = nodes.flatMap(node => (node.bigKeys || []).map(key => ({ ...key, port: node.port })));
        big.sort((left, right) => right.bytes - left.bytes);
        table("big", [["key", "long"], ["type"], ["memory", "number"], ["where"]],
          big.slice(0, 10).map(key => [blank(key.key), key.type, bytes(key.bytes), "db" + key.database + (several ? " of " + key.port : "")]),
          nodes.some(node => node.bigKeys === null) ? "MEMORY USAGE is not allowed to you" : "no keys");
        table("keys", [["database"], ["keys", "number"], ["with a time to live", "number"]],
          nodes.flatMap(node => node.databases.map(each => ["db" + each.index + (several ? " of " + node.port : ""), count(each.keys), count(each.expiring)])), "no keys");
      }

      function showEvents(status) {
        const several = status.nodes.length > 1;
        const events = status.events.filter(event => chosen === "" || event.node === null || String(event.node) === chosen);
        $("events").replaceChildren(...events.map(event => make(event.isWarning ? "li.warning" : "li", make("time", clock(event.time)),
          several && event.node ? make("span.quiet", event.node + " ") : null, readable(event.text, status.cluster))));
      }

      // Long names of nodes become what people call them.
      function readable(text, cluster) {
        return text.replace(/\b[0-9a-f]{40}\b( \([^ )]*\))?/g, (whole, place) => {
          const member = cluster && cluster.members.find(each => each.name === whole.slice(0, 40));
          return member ? title(member) : place ? place.slice(2, -1) : short(whole);
        });
      }

      function showHead(status) {
        const nodes = chosenNodes(status), node = nodes[0];
        const objection = status.nodes.map(each => each.objection).find(Boolean);
        const isDown = status.silent.length > 0 || Boolean(objection);
        $("state").textContent = status.silent.length ? "port " + status.silent.join(", ") + " does not answer" : objection || "well";
        $("state").className = "pill " + (isDown ? "bad" : "good");
        $("version").textContent = status.version;
        const last = history[history.length - 1];
        $("facts").textContent = node ? [node.saving ? "saving" : "", node.loadedPercent !== null ? "loading " + node.loadedPercent.toFixed(0) + " %" : "",
          last && last.busy !== null ? "loop " + percent(last.busy) + " busy" : "", "process " + bytes(status.process.residentBytes),
          "up " + span((node.time - node.startedAt) / 1000)].filter(Boolean).join(" · ") : "";
        const ports = status.nodes.map(each => String(each.port));
        $("node").hidden = ports.length < 2;
        if ([...$("node").options].length !== ports.length + 1) {
          $("node").replaceChildren(...[["", "all nodes"], ...ports.map(port => [port, "node " + port])].map(([value, text]) => {
            const option = make("option", text);
            option.value = value;
            return option;
          }));
          $("node").value = chosen;
        }
        document.title = "Apus" + (node ? " · " + node.port : "");
      }

      function show(status) {
        history.push(sample(previous, status));
        if (history.length > kept) history.shift();
        showHead(status);
        showCluster(status);
        showPair(status);
        for (const chart of charts) drawChart(chart);
        showCommands(status, previous);
        showDetails(status);
        showEvents(status);
        previous = status;
        document.body.dataset.updates = ++updates;
      }

      async function look() {
        try {
          const answer = await fetch("/api/status", { cache: "no-store" });
          if (!answer.ok) throw new Error("status " + answer.status);
          show(await answer.json());
          failures = 0;
        } catch (error) {
          if (++failures >= 2) {
            $("state").textContent = "no answer";
            $("state").className = "pill bad";
          }
        }
        setTimeout(look, period);
      }

      $("node").addEventListener("change", () => {
        chosen = $("node").value;
        history = [];
        if (previous) show(previous);
      });
      buildCharts();
      look();
    })();

    """#
