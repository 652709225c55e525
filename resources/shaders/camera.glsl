// The camera of one draw; laid out by avatar_core/render/camera_block.py (std140).
// Camera axes: x right, y down, z forward, metres. Pixels: y down.
layout(std140) uniform CameraBlock {
    mat4 view;         // world to camera
    mat4 clip;         // world to OpenGL clip space
    vec4 lens;         // focal x, focal y, centre x, centre y; pixels
    vec4 image;        // width, height in pixels; near, far in metres
    vec4 eye;          // place in the world, metres
} camera;

const float NOTHING_M = 1e9;  // depth where no surface is

// OpenGL's depth 0..1 of a distance along the camera's z axis, metres.
float window_depth(float z_m) {
    float near = camera.image.z, far = camera.image.w;
    return far * (z_m - near) / (z_m * (far - near));
}

// The way back.
float metres_from_window_depth(float depth) {
    float near = camera.image.z, far = camera.image.w;
    return near * far / (far - depth * (far - near));
}

// A distance as a grey, near light and far dark.
float depth_grey(float z_m, vec2 range_m) {
    return clamp((range_m.y - z_m) / max(range_m.y - range_m.x, 1e-6), 0.0, 1.0);
}

// OpenGL's normalised coordinates of a pixel position.
vec2 ndc_from_pixel(vec2 pixel) {
    vec2 unit = pixel / camera.image.xy;
    return vec2(2.0 * unit.x - 1.0, 1.0 - 2.0 * unit.y);
}
