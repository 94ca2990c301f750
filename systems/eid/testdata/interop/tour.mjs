// Goes through two portals as a person's browser and as the portals' machines:
// one portal is openid-client, the other oauth4webapi. ORIGIN is the provider's
// machine, SESSION its cookie, A and B are {id, secret, returns} of the portals.
import * as client from "openid-client";
import * as oauth from "oauth4webapi";

const issuer = new URL("https://x.example");
const origin = process.env.ORIGIN;
const a = JSON.parse(process.env.A);
const b = JSON.parse(process.env.B);
const cookie = process.env.SESSION;

// The provider's name leads to the machine of the test.
const reach = (url, options) => fetch(String(url).replace(issuer.origin, origin), options);

// browse opens a page as the person does; a consent page is answered with yes.
async function browse(url) {
  let res = await reach(url, { headers: { cookie }, redirect: "manual" });
  if (res.status === 200) {
    const page = await res.text();
    const request = page.match(/name="request" value="([^"]*)"/)[1].replaceAll("&amp;", "&");
    const body = new URLSearchParams({ request, word: "yes" });
    res = await reach(issuer.origin + "/eid/answer", { method: "POST", headers: { cookie }, body, redirect: "manual" });
  }
  return new URL(res.headers.get("location"), issuer);
}

function must(ok, what) {
  if (!ok) throw new Error(what);
}

// openid-client, with the secret in the form.
const config = await client.discovery(issuer, a.id, a.secret, undefined, { [client.customFetch]: reach });
config[client.customFetch] = reach;
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const nonce = client.randomNonce();
const to = client.buildAuthorizationUrl(config, {
  redirect_uri: a.returns, scope: "openid profile offline_access", state, nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: "S256",
});
const tokens = await client.authorizationCodeGrant(config, await browse(to), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
const claims = tokens.claims();
const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
must(info.name, "no name in userinfo");
const renewed = await client.refreshTokenGrant(config, tokens.refresh_token);
must(renewed.refresh_token && renewed.refresh_token !== tokens.refresh_token, "the refresh token is not renewed");

// oauth4webapi, with the secret in the header.
const options = { [oauth.customFetch]: reach };
const as = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options));
const me = { client_id: b.id };
const proof = oauth.ClientSecretBasic(b.secret);
const half = oauth.generateRandomCodeVerifier();
const ask = new URL(as.authorization_endpoint);
for (const [k, v] of Object.entries({ client_id: b.id, redirect_uri: b.returns, response_type: "code", scope: "openid profile", state: "s2", nonce: "n2",
  code_challenge: await oauth.calculatePKCECodeChallenge(half), code_challenge_method: "S256" })) ask.searchParams.set(k, v);
const answer = oauth.validateAuthResponse(as, me, await browse(ask), "s2"); // checks iss, RFC 9207
const res = await oauth.authorizationCodeGrantRequest(as, me, proof, answer, b.returns, half, options);
const got = await oauth.processAuthorizationCodeResponse(as, me, res, { expectedNonce: "n2", requireIdToken: true });
await oauth.validateApplicationLevelSignature(as, res, options);
const second = oauth.getValidatedIdTokenClaims(got);
must(second.sub === claims.sub, "two portals of one body know the person by two names");
must(second.sid !== claims.sid, "two portals know the session by one name");
must(await oauth.processUserInfoResponse(as, me, second.sub, await oauth.userInfoRequest(as, me, got.access_token, options)), "no userinfo");

// Sign out everywhere, from the first.
const end = client.buildEndSessionUrl(config, { post_logout_redirect_uri: "https://a.example/bye", id_token_hint: tokens.id_token, state: "s3" });
const page = await (await reach(end, { headers: { cookie } })).text();
const request = page.match(/name="request" value="([^"]*)"/)[1].replaceAll("&amp;", "&");
const left = await reach(issuer.origin + "/eid/logout", { method: "POST", headers: { cookie }, body: new URLSearchParams({ request }), redirect: "manual" });
must(left.headers.get("location") === "https://a.example/bye?state=s3", "not sent back after signing out");
const gone = await reach(ask, { headers: { cookie }, redirect: "manual" });
must(gone.headers.get("location").startsWith("/sign-in"), "still signed in");
must((await oauth.userInfoRequest(as, me, got.access_token, options)).status === 401, "an access token outlives signing out");
console.log("two portals, one sign-in, signed out everywhere");
