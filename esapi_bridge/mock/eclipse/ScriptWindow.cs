using System;
using System.Collections.Generic;
using System.Drawing;
using System.Linq;
using System.Windows.Forms;
#if WPF_STAND_IN
using EsapiBridge.Mock.Wpf;
#endif

namespace EsapiBridge.MockEclipse
{
    /// <summary>
    /// The window that a script was given, shown when the script returns, as Eclipse shows it. On Mono it is a stand-in: a
    /// title, the size asked for, and the texts of what it holds. Without a window the texts are told and it is closed.
    /// </summary>
    public static class ScriptWindow
    {
        private const string Notice = "Texts of the script's window. Tables, pictures and buttons are not drawn here.";

        /// <summary>Shows what scripts open as windows of this host.</summary>
        public static void UseDesktop()
        {
#if WPF_STAND_IN
            EsapiBridge.Mock.Wpf.Screen.Asked = Ask;
            EsapiBridge.Mock.Wpf.Screen.Shown = window => StandIn(window).Show();
            EsapiBridge.Mock.Wpf.Screen.ShownModal = window => StandIn(window).ShowDialog();
#endif
        }

        /// <summary>Shows the window, unless the script did so or closed it; waits until it is closed.</summary>
        public static void Show(System.Windows.Window window)
        {
            if (window == null)
            {
                return;
            }
#if WPF_STAND_IN
            EsapiBridge.Mock.Wpf.Screen.ShowReturned(window);
#else
            window.ShowDialog();
#endif
        }

        /// <summary>Closes the window without showing it; returns what it would have shown, null for no window.</summary>
        public static Dictionary<string, object> Tell(System.Windows.Window window)
        {
            if (window == null)
            {
                return null;
            }
            object[] texts = new object[0];
#if WPF_STAND_IN
            texts = Texts.Of(window).Cast<object>().ToArray();
            EsapiBridge.Mock.Wpf.Screen.ShowReturned(window);
#else
            window.Close();
#endif
            return new Dictionary<string, object> { { "title", window.Title }, { "texts", texts } };
        }

#if WPF_STAND_IN
        private static Form StandIn(System.Windows.Window window)
        {
            Form form = new Form { Text = window.Title, StartPosition = FormStartPosition.CenterParent };
            form.ClientSize = new Size(Pixels(window.Width, 420), Pixels(window.Height, 240));
            TextBox texts = new TextBox { Multiline = true, ReadOnly = true, ScrollBars = ScrollBars.Vertical, Dock = DockStyle.Fill };
            texts.Text = string.Join(Environment.NewLine, Texts.Of(window).ToArray());
            form.Controls.Add(texts);
            form.Controls.Add(new Label { Text = Notice, Dock = DockStyle.Bottom, BackColor = Color.Gold });
            bool closing = false;
            window.Closed += delegate
            {
                if (!closing)
                {
                    form.Close();
                }
            };
            form.FormClosing += delegate(object sender, FormClosingEventArgs end)
            {
                closing = true;
                window.Close();
                closing = false;
                end.Cancel = window.IsVisible;
            };
            return form;
        }

        private static int Pixels(double wanted, int otherwise)
        {
            return double.IsNaN(wanted) ? otherwise : (int)Math.Max(160, Math.Min(wanted, 1200));
        }

        private static System.Windows.MessageBoxResult Ask(Question question)
        {
            DialogResult answer = MessageBox.Show(
                question.Text, question.Caption, (MessageBoxButtons)(int)question.Buttons, (MessageBoxIcon)(int)question.Image);
            return (System.Windows.MessageBoxResult)(int)answer;
        }
#endif
    }
}
