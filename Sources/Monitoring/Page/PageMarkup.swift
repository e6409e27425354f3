/// The page: what stands on it before anything is known.
let pageMarkup = #"""
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Apus</title>
    <link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Cpath d='M2 9c7 0 10 3 14 8 4-5 7-8 14-8-6 2-9 7-14 16C11 16 8 11 2 9z' fill='%233b82f6'/%3E%3C/svg%3E">
    <link rel="stylesheet" href="/page.css">
    </head>
    <body>
    <header>
      <svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M2 9c7 0 10 3 14 8 4-5 7-8 14-8-6 2-9 7-14 16C11 16 8 11 2 9z"/></svg>
      <h1>Apus</h1>
      <span id="version" class="quiet"></span>
      <span id="state" class="pill">connecting</span>
      <span class="gap"></span>
      <span id="facts" class="quiet"></span>
      <select id="node" aria-label="Node" hidden></select>
    </header>
    <main>
      <section id="cluster" class="card wide" hidden>
        <h2>Cluster <span id="cluster-facts" class="quiet"></span></h2>
        <div class="picture">
          <svg id="ring" viewBox="-110 -110 220 220" role="img" aria-label="Slots by shard"></svg>
          <div id="shards"></div>
        </div>
        <div id="migrations"></div>
      </section>
      <section id="pair" class="card wide" hidden>
        <h2>Replication <span id="pair-facts" class="quiet"></span></h2>
        <div id="pair-nodes" class="row"></div>
      </section>
      <section id="charts"></section>
      <section class="card"><h2>What happens <span class="quiet">newest first</span></h2><ol id="events"></ol></section>
      <section class="card"><h2>Commands <span class="quiet">of late</span></h2><div class="scroll"><table id="commands"></table></div></section>
      <section class="card"><h2>Slow log <span id="slow-facts" class="quiet"></span></h2><div class="scroll"><table id="slow"></table></div></section>
      <section class="card"><h2>Clients <span id="client-facts" class="quiet"></span></h2><div class="scroll"><table id="clients"></table></div></section>
      <section class="card"><h2>Hot keys <span class="quiet">of late</span></h2><div class="scroll"><table id="hot"></table></div></section>
      <section class="card"><h2>Big keys <span class="quiet">of those drawn at random since somebody looks</span></h2><div class="scroll"><table id="big"></table></div></section>
      <section class="card"><h2>Keys</h2><div class="scroll"><table id="keys"></table></div></section>
    </main>
    <script src="/page.js"></script>
    </body>
    </html>

    """#
