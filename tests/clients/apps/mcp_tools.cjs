// Gives a client of the Model Context Protocol to @google/genai as a tool, and calls it as the model wants it called.
//
//     node mcp_tools.cjs PYTHON MODEL QUESTION
//
// PYTHON runs the server beside this file. Live calls nothing by itself; the program asks the SDK's tool to. Prints lines
// of JSON.
const path = require("node:path");
const { GoogleGenAI, Modality, mcpToTool } = require("@google/genai");
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");

// One line; sound as its length.
function show(name, value) {
  const short = (key, held) => (key === "data" ? { bytes: Buffer.from(held, "base64").length } : held);
  console.log(JSON.stringify({ [name]: value }, short));
}

// One question in one session.
async function ask(tool, model, question) {
  let over;
  const ended = new Promise((resolve) => (over = resolve));
  const answer = async (call) => {
    const [{ functionResponse }] = await tool.callTool([call]);
    show("called", { [call.name]: functionResponse.response });
    session.sendToolResponse({ functionResponses: [{ id: call.id, ...functionResponse }] });
  };
  const session = await new GoogleGenAI({ vertexai: false }).live.connect({
    model,
    config: { responseModalities: [Modality.AUDIO], outputAudioTranscription: {}, tools: [tool] },
    callbacks: {
      onmessage: (message) => {
        show("message", message);
        message.toolCall?.functionCalls?.forEach(answer);
        if (message.serverContent?.turnComplete) over();
      },
      onclose: over,
    },
  });
  session.sendClientContent({ turns: [{ role: "user", parts: [{ text: question }] }] });
  show("sent", question);
  await ended;
  session.close();
}

async function main(python, model, question) {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StdioClientTransport({ command: python, args: [path.join(__dirname, "thermometer.py")] }));
  await ask(mcpToTool(client), model, question);
  await client.close();
}

main(...process.argv.slice(2));
