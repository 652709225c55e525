// A smaller picture over the whole target.
uniform sampler2D picture;
uniform vec2 target_px;

out vec4 colour;

void main() {
    colour = texture(picture, gl_FragCoord.xy / target_px);
}
