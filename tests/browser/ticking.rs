//! Timers in a hidden page: a worker waits along with them, where there can be one.

crate::browser_tests! {

while_the_page_is_hidden_a_worker_waits_along r#"
    const { workers, stop } = watchWorkers();
    // The page's own timers stand still.
    const timer = globalThis.setTimeout;
    globalThis.setTimeout = (callback, delay) => (delay > 100 ? 0 : timer(callback, delay));
    try {
        const { client, socket: made } = await connected({ keepAlive: 1 });
        equal(workers.length, 0, "none while it is visible");
        const pinged = new Promise((resolve) => { made.send = (bytes) => resolve([...bytes]); });
        showPage(false);
        equal(workers.length, 1);
        equal(await pinged, [0xc0, 0]);
        ok(workers[0].told > 0, "it was the worker that told the time");
        showPage(true);
        ok(workers[0].over, "dismissed when the page is shown");
        showPage(false);
        equal(workers.length, 2);
        client.free();
        ok(workers[1].over, "dismissed with the client");
        showPage(true);
        showPage(false);
        equal(workers.length, 2);
    } finally {
        globalThis.setTimeout = timer;
        stop();
    }
"#

one_worker_serves_all_clients r#"
    const { workers, stop } = watchWorkers();
    try {
        showPage(false);
        const clients = [];
        for (let i = 0; i < 3; i++) clients.push((await connected({ clientId: String(i) })).client);
        equal(workers.length, 1);
        clients[0].free();
        const gone = clients[1].disconnect();
        await turn();
        FakeSocket.made[1].closes(1000);
        await gone;
        ok(!workers[0].over, "one is left");
        clients[2].free();
        ok(workers[0].over);
    } finally {
        stop();
    }
"#

where_there_is_no_worker_the_page_s_own_timers_go_on r#"
    const real = globalThis.Worker;
    const frame = document.createElement("iframe");
    frame.srcdoc = `<meta http-equiv="Content-Security-Policy" content="worker-src 'none'">`;
    const loaded = new Promise((resolve) => { frame.onload = resolve; });
    document.body.append(frame);
    await loaded;
    let violations = 0;
    frame.contentDocument.addEventListener("securitypolicyviolation", () => violations++);
    try {
        for (const refusing of [undefined, function () { throw new DOMException("no", "SecurityError"); }, frame.contentWindow.Worker]) {
            globalThis.Worker = refusing;
            const { client, socket: made } = await connected({ keepAlive: 1 });
            showPage(false);
            while (refusing === frame.contentWindow.Worker && violations === 0) await settle();
            await settle();
            showPage(true);
            made.says(server.pingresp());
            showPage(false);
            const pinged = new Promise((resolve) => { made.send = (bytes) => resolve([...bytes]); });
            equal(await pinged, [0xc0, 0]);
            client.free();
            showPage(true);
        }
        equal(violations, 1, "refused, and not asked again");
    } finally {
        globalThis.Worker = real;
        frame.remove();
    }
"#
}
