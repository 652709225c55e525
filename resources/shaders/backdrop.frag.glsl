// A picture behind the avatar, scaled to cover the target from its middle.
uniform sampler2D picture;   // its first row is its top
uniform vec2 target_px;

out vec4 colour;

void main() {
    vec2 size = vec2(textureSize(picture, 0));
    vec2 share = size * max(target_px.x / size.x, target_px.y / size.y) / target_px;
    vec2 place = (gl_FragCoord.xy / target_px - 0.5) / share + 0.5;
    colour = vec4(texture(picture, vec2(place.x, 1.0 - place.y)).rgb, 1.0);
}
