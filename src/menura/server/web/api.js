// Talking to the server. A key, if one is asked for, lives as long as the tab.

const KEY = "menura-key";

export async function call(path, options = {}) {
  const headers = new Headers(options.headers);
  const key = sessionStorage.getItem(KEY);
  if (key) headers.set("Authorization", `Bearer ${key}`);
  const answer = await fetch(path, { ...options, headers });
  if (answer.status === 401) {
    sessionStorage.setItem(KEY, await askForKey(key ? "This key opens nothing here." : ""));
    return call(path, options);
  }
  if (!answer.ok) throw new Error(await reason(answer));
  return answer;
}

export function post(path, body, signal) {
  const headers = { "Content-Type": "application/json" };
  return call(path, { method: "POST", headers, body: JSON.stringify(body), signal });
}

// A link cannot carry a key: the file is fetched, and handed to the browser from memory.
export async function download(path, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await (await call(path)).blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function reason(answer) {
  try {
    return (await answer.json()).error.message;
  } catch {
    return `the server answered ${answer.status}`;
  }
}

let asking = null;

function askForKey(wrong) {
  asking ??= new Promise((resolve) => {
    const dialog = document.getElementById("ask");
    document.getElementById("asked").textContent = `${wrong} This server asks for a key.`.trim();
    document.getElementById("key").value = "";
    dialog.addEventListener("close", () => {
      asking = null;
      resolve(document.getElementById("key").value.trim());
    }, { once: true });
    dialog.showModal();
  });
  return asking;
}
