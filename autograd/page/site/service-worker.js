// After the first visit the page needs no network: every file of it is kept, by the list of the build.
const LIST = "files.json";

async function kept() {
  const list = await (await fetch(LIST, { cache: "no-cache" })).json();
  const cache = await caches.open(list.version);
  await cache.addAll(["./", ...list.files]);
  return list.version;
}

self.addEventListener("install", (event) => event.waitUntil(kept().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const list = await (await fetch(LIST)).json();
  for (const name of await caches.keys()) {
    if (name.startsWith("whygrad-") && name !== list.version) await caches.delete(name);
  }
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET") return;
  event.respondWith(caches.match(event.request, { ignoreSearch: true }).then((found) => found ?? fetch(event.request)));
});
