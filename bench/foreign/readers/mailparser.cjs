// mailparser of Nodemailer. It joins the texts of a message and has no leaves.
"use strict";
const { simpleParser } = require("mailparser");

function boxes(field) {
  const all = field === undefined ? [] : Array.isArray(field) ? field : [field];
  const flat = (list) => list.flatMap((one) => (one.group ? flat(one.group) : [[one.name || "", one.address || ""]]));
  return flat(all.flatMap((one) => one.value));
}

function bare(id) {
  return id.trim().replace(/^<|>$/g, "");
}

async function read(raw) {
  const mail = await simpleParser(raw, { skipHtmlToText: true, skipTextToHtml: true, skipImageLinks: true, skipTextLinks: true });
  const given = mail.references;
  return {
    subject: mail.subject || "",
    from: boxes(mail.from),
    to: boxes(mail.to),
    cc: boxes(mail.cc),
    // Without a date it says when it read the message.
    ...(mail.headers.has("date") ? { date: mail.date ? Math.floor(mail.date.getTime() / 1000) : null } : {}),
    "message-id": bare(mail.messageId || ""),
    references: (given === undefined ? [] : Array.isArray(given) ? given : [given]).map(bare),
    plain: mail.text || "",
    html: mail.html || "",
  };
}

let waiting = Buffer.alloc(0);

async function main() {
  for await (const chunk of process.stdin) {
    waiting = Buffer.concat([waiting, chunk]);
    for (;;) {
      const end = waiting.indexOf(10);
      if (end < 0) break;
      const size = Number(waiting.subarray(0, end).toString());
      if (waiting.length < end + 1 + size) break;
      const raw = waiting.subarray(end + 1, end + 1 + size);
      waiting = waiting.subarray(end + 1 + size);
      let answer;
      try {
        answer = await read(raw);
      } catch (error) {
        answer = { error: String(error).slice(0, 300) };
      }
      process.stdout.write(JSON.stringify(answer) + "\n");
    }
  }
}

main();
