// Permit's own client, unchanged. That it asks Gatehouse is a matter of its two
// addresses. There is no syncUserToPermit: see the README.
import { Permit } from 'permitio';

export const permit = new Permit({
  apiUrl: process.env.PERMIT_API_URL,
  pdp: process.env.PERMIT_PDP_URL,
  token: process.env.PERMIT_API_KEY,
});
