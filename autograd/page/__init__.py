"""The library in a page of a browser, with nothing to install and no server that computes.

`answer` is all that the page calls, `building` puts the folder together that any web host serves:
`site/` (HTML, CSS and JavaScript of our own, modules without a framework), CPython in WebAssembly
and Graphviz as a JavaScript library, both pinned in `packages/`, and the library itself as a zip.
"""
