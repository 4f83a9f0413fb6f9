// The browser SDK.
