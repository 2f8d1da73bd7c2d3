// POST {"email": "…"} sends a code, which only this browser can verify.
import { act, reply } from "../../../lib/site.js";

export async function POST(request) {
  const { email } = await request.json();
  const { status, challenge, ...answer } = await act({ action: "send_otp", email, challenge: true });
  return reply(status, answer, challenge ? { challenge } : {});
}
