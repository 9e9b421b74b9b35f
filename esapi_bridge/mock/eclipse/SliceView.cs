using System;
using System.Drawing;
using System.Drawing.Drawing2D;
using System.Windows.Forms;

namespace EsapiBridge.MockEclipse
{
    /// <summary>Shows one plane at a time; the mouse wheel turns the pages.</summary>
    public sealed class SliceView : Control
    {
        private SlicePicture _picture;
        private Bitmap _bitmap;
        private int _plane;

        /// <summary>Makes an empty view.</summary>
        public SliceView()
        {
            BackColor = Color.Black;
            ForeColor = Color.Gainsboro;
            DoubleBuffered = true;
            MouseWheel += delegate(object sender, MouseEventArgs wheel) { Show(_picture, _plane + Math.Sign(wheel.Delta)); };
            MouseEnter += delegate { Focus(); };
        }

        /// <summary>Shows a plane of a picture; null for nothing.</summary>
        public void Show(SlicePicture picture, int plane)
        {
            _picture = picture;
            if (_bitmap != null)
            {
                _bitmap.Dispose();
                _bitmap = null;
            }
            if (picture != null)
            {
                _plane = Math.Max(0, Math.Min(picture.Planes - 1, plane));
                _bitmap = picture.Draw(_plane);
            }
            Invalidate();
        }

        /// <summary>Draws the plane as large as it fits, in true proportion.</summary>
        protected override void OnPaint(PaintEventArgs e)
        {
            base.OnPaint(e);
            if (_bitmap == null)
            {
                return;
            }
            int width = (int)Math.Min(Width, Height * _picture.Aspect);
            int height = (int)(width / _picture.Aspect);
            e.Graphics.InterpolationMode = InterpolationMode.Bilinear;
            e.Graphics.DrawImage(_bitmap, new Rectangle((Width - width) / 2, (Height - height) / 2, width, height));
            using (Brush brush = new SolidBrush(ForeColor))
            {
                e.Graphics.DrawString("plane " + (_plane + 1) + " of " + _picture.Planes, Font, brush, 6, 6);
            }
        }
    }
}
