/// How the page looks, by day and by night.
let pageStyle = #"""
    :root {
      --back: #f4f6f9; --card: #ffffff; --line: #e2e7ee; --text: #17202c; --quiet: #66758a; --accent: #2563eb;
      --good: #15803d; --warn: #b45309; --bad: #dc2626; --good-back: #dcfce7; --warn-back: #fef3c7; --bad-back: #fee2e2;
      --empty: #d5dce6; --shadow: 0 1px 2px rgb(20 30 50 / 6%), 0 4px 16px rgb(20 30 50 / 5%);
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --back: #0d1219; --card: #151c26; --line: #263141; --text: #e3eaf4; --quiet: #8b9bb1; --accent: #60a5fa;
        --good: #4ade80; --warn: #fbbf24; --bad: #f87171; --good-back: #10301d; --warn-back: #38290a; --bad-back: #3d1518;
        --empty: #2c3747; --shadow: none;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0; background: var(--back); color: var(--text);
      font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
      font-variant-numeric: tabular-nums;
    }
    header {
      display: flex; align-items: center; gap: 10px; padding: 12px 20px; position: sticky; top: 0; z-index: 2;
      background: var(--card); border-bottom: 1px solid var(--line);
    }
    h1 { font-size: 18px; margin: 0; letter-spacing: .2px; }
    h2 { font-size: 13px; margin: 0 0 10px; font-weight: 600; }
    .mark { width: 24px; height: 24px; fill: var(--accent); }
    .gap { flex: 1; }
    .quiet { color: var(--quiet); font-weight: 400; }
    .pill {
      padding: 2px 10px; border-radius: 99px; font-size: 12px; font-weight: 600;
      background: var(--warn-back); color: var(--warn);
    }
    .pill.good { background: var(--good-back); color: var(--good); }
    .pill.bad { background: var(--bad-back); color: var(--bad); }
    select {
      font: inherit; color: inherit; background: var(--back); border: 1px solid var(--line); border-radius: 8px;
      padding: 4px 8px;
    }
    main {
      display: grid; gap: 14px; padding: 14px 20px 40px; max-width: 1500px; margin: 0 auto;
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
    .card {
      background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 16px;
      box-shadow: var(--shadow); min-width: 0;
    }
    .wide, #charts { grid-column: 1 / -1; }
    #charts { display: grid; gap: 14px; grid-template-columns: repeat(3, minmax(0, 1fr)); }
    .picture { display: grid; grid-template-columns: 230px minmax(0, 1fr); gap: 20px; align-items: center; }
    #ring { width: 230px; height: 230px; }
    #ring .count { font-size: 26px; font-weight: 650; fill: var(--text); text-anchor: middle; }
    #ring .label { font-size: 10px; fill: var(--quiet); text-anchor: middle; }
    #ring path { transition: opacity .3s; }
    #ring .moving { animation: blink 1s ease-in-out infinite alternate; }
    @keyframes blink { from { opacity: .25; } to { opacity: 1; } }
    #shards { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(250px, 1fr)); }
    .shard { border: 1px solid var(--line); border-left: 4px solid var(--shard, var(--empty)); border-radius: 10px; padding: 10px 12px; }
    .shard .slots { font-size: 12px; }
    .member { display: flex; align-items: center; gap: 8px; padding: 5px 0; }
    .member.replica { padding-left: 16px; position: relative; }
    .member.replica::before {
      content: ""; position: absolute; left: 4px; top: -6px; height: 22px; width: 9px;
      border-left: 2px solid var(--line); border-bottom: 2px solid var(--line); border-bottom-left-radius: 6px;
    }
    .member b { font-weight: 600; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .dot { width: 9px; height: 9px; border-radius: 50%; background: var(--good); flex: none; }
    .dot.suspected, .dot.handshake, .dot.behind { background: var(--warn); }
    .dot.failed { background: var(--bad); }
    .dot.cut { background: var(--empty); }
    .role, .here { font-size: 11px; white-space: nowrap; flex: none; }
    .role { color: var(--quiet); margin-left: auto; }
    .here { color: var(--accent); }
    .row { display: flex; flex-wrap: wrap; gap: 12px; }
    .migration { margin-top: 12px; }
    .bar { height: 6px; border-radius: 3px; background: var(--empty); overflow: hidden; margin-top: 4px; }
    .bar i { display: block; height: 100%; background: var(--accent); }
    .chart svg { display: block; width: 100%; height: 120px; overflow: visible; }
    .chart .now { font-size: 22px; font-weight: 650; margin: -4px 0 4px; }
    .chart .now small { font-size: 12px; font-weight: 400; color: var(--quiet); margin-left: 10px; }
    .chart .now i { display: inline-block; width: 8px; height: 8px; border-radius: 2px; margin-right: 4px; }
    .chart line { stroke: var(--line); }
    .chart text { fill: var(--quiet); font-size: 10px; }
    .scroll { overflow: auto; max-height: 320px; }
    table { border-collapse: collapse; width: 100%; font-size: 13px; }
    th { text-align: left; font-weight: 500; color: var(--quiet); position: sticky; top: 0; background: var(--card); }
    th, td { padding: 4px 10px 4px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
    td.long { white-space: normal; word-break: break-word; max-width: 420px; font-family: ui-monospace, monospace; font-size: 12px; }
    .number { text-align: right; }
    #events { list-style: none; margin: 0; padding: 0; overflow: auto; max-height: 320px; }
    #events li { padding: 5px 0 5px 12px; border-left: 3px solid var(--line); margin-bottom: 3px; word-break: break-word; }
    #events li.warning { border-left-color: var(--warn); }
    #events time { color: var(--quiet); margin-right: 8px; font-size: 12px; }
    @media (max-width: 1000px) {
      main, #charts { grid-template-columns: minmax(0, 1fr); }
      .picture { grid-template-columns: minmax(0, 1fr); justify-items: center; }
      #shards { width: 100%; }
      header { flex-wrap: wrap; }
    }

    """#
