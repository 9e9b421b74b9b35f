using System;
using System.Windows;

namespace EsapiBridge.Mock.Wpf
{
    /// <summary>A text that waits for an answer.</summary>
    public sealed class Question
    {
        internal Question(
            string text, string caption, MessageBoxButton buttons, MessageBoxImage image, MessageBoxResult preset)
        {
            Text = text ?? "";
            Caption = caption ?? "";
            Buttons = buttons;
            Image = image;
            Preset = preset != MessageBoxResult.None ? preset
                : buttons == MessageBoxButton.OK || buttons == MessageBoxButton.OKCancel ? MessageBoxResult.OK
                : MessageBoxResult.Yes;
        }

        /// <summary>The text.</summary>
        public string Text { get; private set; }

        /// <summary>Title of the box.</summary>
        public string Caption { get; private set; }

        /// <summary>What can be answered.</summary>
        public MessageBoxButton Buttons { get; private set; }

        /// <summary>The picture beside the text.</summary>
        public MessageBoxImage Image { get; private set; }

        /// <summary>The answer of who only presses Enter: the script's default, or the first button.</summary>
        public MessageBoxResult Preset { get; private set; }
    }

    /// <summary>
    /// The host's door: how windows and questions are shown. Without a host, texts are written to standard output,
    /// questions are answered by their preset, and a dialog is closed at once, as by a user who only closes it.
    /// </summary>
    public static class Screen
    {
        static Screen()
        {
            Asked = Write;
            Shown = Write;
            ShownModal = CloseAtOnce;
        }

        /// <summary>Answers a question.</summary>
        public static Func<Question, MessageBoxResult> Asked { get; set; }

        /// <summary>Shows a window and returns.</summary>
        public static Action<Window> Shown { get; set; }

        /// <summary>Shows a window and returns when it is closed.</summary>
        public static Action<Window> ShownModal { get; set; }

        /// <summary>
        /// Shows a window that a script filled, as Eclipse does when the script returns; not if the script closed it or
        /// showed it itself. Returns whether it was shown here.
        /// </summary>
        public static bool ShowReturned(Window window)
        {
            if (window.IsClosed || window.WasShown)
            {
                return false;
            }
            window.Appear();
            ShowModal(window);
            return true;
        }

        internal static MessageBoxResult Ask(Question question)
        {
            return Asked(question);
        }

        internal static void Show(Window window)
        {
            if (!window.IsClosed)
            {
                Shown(window);
            }
        }

        internal static void ShowModal(Window window)
        {
            if (!window.IsClosed)
            {
                ShownModal(window);
            }
        }

        private static MessageBoxResult Write(Question question)
        {
            string title = question.Caption == "" ? "message box" : "message box '" + question.Caption + "'";
            Console.Out.WriteLine(title + ": " + question.Text + " [answered " + question.Preset + "]");
            return question.Preset;
        }

        private static void Write(Window window)
        {
            Console.Out.WriteLine("window '" + window.Title + "':");
            foreach (string line in Texts.Of(window))
            {
                Console.Out.WriteLine("  " + line);
            }
        }

        private static void CloseAtOnce(Window window)
        {
            Write(window);
            window.Close();
        }
    }
}
