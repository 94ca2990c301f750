# make demo: try it.  make test: prove it.  Both set themselves up.
export CGO_ENABLED = 0
GO = go

.PHONY: demo build assets test long fuzz clean

demo: build
	./motcua demo

build: assets
	$(GO) build -trimpath -ldflags '-s -w' -o motcua .

# The front end, the unit lists and the common passwords come from npm by the lock file; nothing of them is committed.
assets: web/dist/manifest.json packs/vn2020/dist/units.json.gz kernel/password/dist/common.txt

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web/dist/manifest.json: web/node_modules/.package-lock.json web/theme.json $(shell find web/css web/js web/build web/*.svg -type f 2>/dev/null)
	$(GO) run ./web/build

packs/vn2020/dist/units.json.gz: web/node_modules/.package-lock.json $(wildcard packs/vn2020/build/*.go)
	$(GO) run ./packs/vn2020/build

kernel/password/dist/common.txt: web/node_modules/.package-lock.json $(wildcard web/common/*.go)
	$(GO) run ./web/common

test:
	@.ci/test

long:
	@MOTCUA_LONG=1 .ci/test

clean:
	rm -rf motcua web/node_modules web/theme web/tokens web/dist-test
	find web/dist packs/vn2020/dist kernel/password/dist -type f ! -name placeholder.txt -delete
