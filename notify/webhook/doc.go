// Package webhook tells by an HTTP POST of the message in JSON, as it is or in a CloudEvents 1.0 envelope, signed as
// Standard Webhooks 1.0.0 says:
//
//	webhook-id: the message's ID, the same however often it is sent
//	webhook-timestamp: when this attempt was made, in seconds since the epoch
//	webhook-signature: v1,<base64 of HMAC-SHA256 of "id.timestamp.body">, once for each secret
//
// A receiver drops a repeat by its webhook-id. What the answers mean is told at package post.
package webhook
