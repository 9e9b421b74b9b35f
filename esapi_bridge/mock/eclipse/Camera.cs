using System;
using System.Collections.Generic;
using System.Drawing;
using System.Drawing.Imaging;
using System.Globalization;
using System.IO;
using System.Threading;
using System.Windows.Forms;
using EsapiBridge.Mock;

namespace EsapiBridge.MockEclipse
{
    /// <summary>
    /// Takes pictures of the screen for documentation: the open menu (menu.png), a script picked from it at work (progress-01.png and so
    /// on), what it says (outcome.png) and what it left (result.png). Then the window closes and nothing is saved.
    /// </summary>
    public sealed class Camera
    {
        private const int SettleMs = 1200;

        /// <summary>After so many pictures of a script at work they come ten times as rarely.</summary>
        private const int ManyPictures = 30;

        private readonly MainWindow _window;
        private readonly MockSession _session;
        private readonly string _folder;
        private readonly string _script;
        private readonly System.Windows.Forms.Timer _timer = new System.Windows.Forms.Timer();
        private readonly Queue<Action> _steps = new Queue<Action>();
        private readonly object _oneAtATime = new object();

        /// <summary>Makes a camera for a window; `script` is null for no script.</summary>
        public Camera(MainWindow window, MockSession session, string folder, string script)
        {
            _window = window;
            _session = session;
            _folder = folder;
            _script = script;
        }

        /// <summary>Takes the pictures once the window is shown.</summary>
        public void Begin()
        {
            Directory.CreateDirectory(_folder);
            _window.Alert = delegate(string text, string title) { Console.Error.WriteLine(title + ": " + text); };
            _steps.Enqueue(delegate { _window.ScriptingMenu.ShowDropDown(); });
            _steps.Enqueue(delegate
            {
                Shoot("menu.png");
                _window.ScriptingMenu.HideDropDown();
            });
            if (_script != null)
            {
                _steps.Enqueue(RunScript);
                _steps.Enqueue(delegate
                {
                    Shoot("outcome.png");
                    _window.BringToFront(); // the script's window stays open until the user closes it
                });
                _steps.Enqueue(delegate { Shoot("result.png"); });
            }
            _steps.Enqueue(delegate
            {
                _session.Discard();
                _window.Close();
            });
            _timer.Interval = SettleMs;
            _timer.Tick += delegate { Next(); };
            _window.Shown += delegate { _timer.Start(); };
        }

        private void Next()
        {
            _timer.Stop();
            if (_steps.Count > 0)
            {
                _steps.Dequeue()();
                _timer.Start();
            }
        }

        /// <summary>The script keeps this thread, so another one takes pictures meanwhile.</summary>
        private void RunScript()
        {
            ICollection<string> known = _window.PlanNames();
            using (ManualResetEvent ended = new ManualResetEvent(false))
            {
                Thread watcher = new Thread(delegate()
                {
                    for (int n = 1; !ended.WaitOne(n <= ManyPictures ? SettleMs : 10 * SettleMs); n++)
                    {
                        Shoot("progress-" + n.ToString("D2", CultureInfo.InvariantCulture) + ".png");
                    }
                });
                watcher.IsBackground = true;
                watcher.Start();
                _window.Pick(_script);
                ended.Set();
                watcher.Join();
            }
            _window.ShowNewest(known);
        }

        private void Shoot(string name)
        {
            lock (_oneAtATime)
            {
                Rectangle screen = Screen.PrimaryScreen.Bounds;
                using (Bitmap picture = new Bitmap(screen.Width, screen.Height))
                {
                    using (Graphics graphics = Graphics.FromImage(picture))
                    {
                        graphics.CopyFromScreen(screen.Location, Point.Empty, screen.Size);
                    }
                    picture.Save(Path.Combine(_folder, name), ImageFormat.Png);
                }
            }
        }
    }
}
