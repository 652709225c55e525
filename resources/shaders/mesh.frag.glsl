// The face's texture is display-referred and already lit; `shading` adds a headlight on request.
uniform sampler2D albedo;
uniform float shading;  // 0..1

centroid in vec2 texture_uv;
in vec3 surface_normal;
in vec3 to_eye;

out vec4 colour;

void main() {
    vec3 display = texture(albedo, texture_uv).rgb;
    if (shading > 0.0) {
        float facing = abs(dot(normalize(surface_normal), normalize(to_eye)));
        display *= mix(1.0, facing, shading);
    }
    colour = vec4(display, 1.0);
}
